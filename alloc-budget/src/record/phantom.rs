//! One allocation too many, for one budget: whoever asks for it wants to see a gate go red.

use crate::record::asked::asked;
use crate::record::described::Described;
use crate::record::names;
use crate::scope::exempt::bookkeeping;

/// Whether each call of the budget measures one allocation more than there was.
pub(super) fn is(budget: &Described) -> bool {
    let Some(wanted) = asked().and_then(|asked| asked.phantom.as_deref()) else { return false };
    bookkeeping(|| names::path(budget) == wanted) == Some(true)
}
