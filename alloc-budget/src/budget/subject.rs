//! What a verdict is about.

use std::panic::Location;

/// A budget at its place, as a report speaks of it.
pub(crate) trait Subject {
    fn location(&self) -> &'static Location<'static>;

    /// What tells it from others at the same place.
    fn key(&self) -> &'static str;

    /// The crate that the reader knows to be in.
    fn own_crate(&self) -> Option<&'static str>;

    fn name(&self) -> String;
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

    fn own_crate(&self) -> Option<&'static str> {
        None
    }

    fn name(&self) -> String {
        self.label.map_or_else(|| self.location.to_string(), str::to_owned)
    }
}
