//! Names in rules may contain `*`.

/// Whether a name is the wanted one, in which `*` stands for any text.
pub fn is_like(name: &str, wanted: &str) -> bool {
    let Some((begin, rest)) = wanted.split_once('*') else { return name == wanted };
    let Some(mut left) = name.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(place) = left.find(part) else { return false };
        left = left.get(place + part.len()..).unwrap_or_default();
    }
    left.ends_with(end)
}
