//! What a verdict is about.

use std::panic::Location;

use crate::trace::boundary::Function;

/// A budget at its place, as a report speaks of it.
pub(crate) trait Subject {
    fn location(&self) -> &'static Location<'static>;

    /// What tells it from others at the same place.
    fn key(&self) -> &'static str;

    fn name(&self) -> String;

    /// `None` where it is that of a closure or a future.
    fn function(&self) -> Option<Function<'static>>;
}

/// A budget that is given to a closure or a future, by its label, and where.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    pub(crate) label: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
}

impl Subject for Given {
    fn location(&self) -> &'static Location<'static> {
        self.location
    }

    fn key(&self) -> &'static str {
        self.label.unwrap_or_default()
    }

    fn name(&self) -> String {
        self.label.map_or_else(|| self.location.to_string(), str::to_owned)
    }

    fn function(&self) -> Option<Function<'static>> {
        None
    }
}
