//! The waterfall: one file that needs nothing else.

use serde_json::Value as Json;

const PAGE: &str = include_str!("page.html");
const INDEX: &str = include_str!("index.html");

/// The page of one flow.
pub(super) fn page(flow: &Json) -> String {
    PAGE.replacen("__FLOW__", &embedded(flow), 1)
}

/// The page of a run.
pub(super) fn index(flows: &Json) -> String {
    INDEX.replacen("__FLOWS__", &embedded(flows), 1)
}

/// JSON for the inside of a script element, which nothing in it can end.
fn embedded(json: &Json) -> String {
    json.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_the_data_ends_its_script() {
        let hostile = json!({"id": "</script><script>alert(1)</script><!--"});
        let page = page(&hostile);
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
        let data = page.split(r#"id="flow">"#).nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(serde_json::from_str::<Json>(data).unwrap(), hostile);
    }

    #[test]
    fn the_pages_name_no_address_and_stay_small() {
        for page in [PAGE, INDEX] {
            let text = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("src=\""), "{text}");
            assert!(page.len() < 25_000, "{}", page.len());
        }
    }
}
