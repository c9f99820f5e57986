//! `/contexts`: the contexts that have or had subjects.

use crate::query::Target;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::route::Call;
use crate::subject_name::DEFAULT_CONTEXT;

pub(crate) fn list(registry: &Registry, call: &Call<'_>) -> Reply {
    let target: &Target = &call.target;
    let prefix = target.get("contextPrefix").unwrap_or_default();
    let known = registry.contexts.iter().filter(|(_, context)| context.last_id > 0).map(|(name, _)| name.as_str());
    let others = known.filter(|name| *name != DEFAULT_CONTEXT);
    let names = std::iter::once(DEFAULT_CONTEXT).chain(others).filter(|name| name.starts_with(prefix));
    Reply::ok(&target.page(names))
}
