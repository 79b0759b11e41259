//! What a verdict is about.

use std::panic::Location;

use crate::budget::environment::OnOverage;
use crate::record::{Described, Kind};
use crate::scope::mode;
use crate::trace::origin::Function;

/// A budget at its place, as a report speaks of it.
pub(crate) trait Subject {
    fn location(&self) -> &'static Location<'static>;

    /// What tells it from others at the same place.
    fn key(&self) -> &'static str;

    fn name(&self) -> String;

    /// `None` where it is that of a closure or a future.
    fn function(&self) -> Option<Function<'static>>;

    /// For the record.
    fn described(&self) -> Described;

    /// Whether its calls are counted, and recorded.
    fn is_recorded(&self) -> bool {
        mode::is_recorded() && mode::state().is_counting()
    }
}

impl<S: Subject> Subject for &S {
    fn location(&self) -> &'static Location<'static> {
        (**self).location()
    }

    fn key(&self) -> &'static str {
        (**self).key()
    }

    fn name(&self) -> String {
        (**self).name()
    }

    fn function(&self) -> Option<Function<'static>> {
        (**self).function()
    }

    fn described(&self) -> Described {
        (**self).described()
    }

    fn is_recorded(&self) -> bool {
        (**self).is_recorded()
    }
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

    fn described(&self) -> Described {
        Described {
            kind: Kind::Value,
            location: self.location,
            key: self.key(),
            label: self.label,
            module: "",
            measures: false,
            is_of_all_threads: false,
            on_overage: OnOverage::Panic.name(),
        }
    }
}
