//! Budgets across await points.
