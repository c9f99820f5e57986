//! The shell of the pages that kafka-trial leaves behind: one style sheet, light and dark, and a policy by which a page
//! loads nothing, whatever stands in it.
//!
//! ```
//! use maud::html;
//! use kafka_trial_page::page;
//!
//! let page = page("Orders & invoices", html! { h1 { "2 < 3" } }, None);
//! assert!(page.contains("<title>Orders &amp; invoices</title>") && page.contains("<h1>2 &lt; 3</h1>"));
//! ```

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value as Json;

const STYLE: &str = include_str!("style.css");

/// What draws a page in the browser.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Read by the code as `JSON.parse(document.getElementById("data").textContent)`.
    pub data: &'a Json,
    /// Code of ours; nothing in it is escaped.
    pub code: &'static str,
}

/// A page that needs nothing else. Without a script it runs none.
pub fn page(title: &str, body: Markup, script: Option<Script<'_>>) -> String {
    let policy = match script {
        Some(_) => "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
        None => "default-src 'none'; style-src 'unsafe-inline'",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                @if let Some(Script { data, code }) = script {
                    script type="application/json" id="data" { (PreEscaped(embedded(data))) }
                    script { (PreEscaped(code)) }
                }
            }
        }
    };
    page.into_string()
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
        let page = page("a", html! {}, Some(Script { data: &hostile, code: "" }));
        assert_eq!(page.matches("</script>").count(), 2);
        let data = page.split(r#"id="data">"#).nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(serde_json::from_str::<Json>(data).unwrap(), hostile);
    }

    #[test]
    fn a_page_loads_nothing_and_runs_a_script_only_if_it_has_one() {
        let plain = page("</title><script>", html! { p { "<b>" } }, None);
        assert!(!plain.contains("<script") && !plain.contains("script-src"), "{plain}");
        for loads in ["http:", "https:", "@import", "url(", "src="] {
            assert!(!plain.contains(loads), "{loads}");
        }
    }
}
