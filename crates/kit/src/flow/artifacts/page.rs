//! The pages of flows: each one file that needs nothing else.

use kafka_trial_page::{Script, page};
use maud::html;
use serde_json::Value as Json;

const FLOW: &str = include_str!("flow.js");
const INDEX: &str = include_str!("index.js");

/// The waterfall of one flow.
pub(super) fn flow(flow: &Json) -> String {
    let body = html! {
        main #main.flow {
            noscript { "This page draws a flow from the data in it, and needs JavaScript for that." }
        }
    };
    page("kafka-trial flow", body, Some(Script { data: flow, code: FLOW }))
}

/// All flows of a run, with a filter.
pub(super) fn index(flows: &Json) -> String {
    let body = html! {
        main {
            h1 { "Flows of this run" }
            p #count.faint {}
            input #filter type="search" placeholder="filter by test, id, verdict or text" aria-label="filter";
            table.flows {
                thead { tr { th { "flow" } th { "verdict" } th { "explanation" } th { "test" } } }
                tbody #rows {}
            }
        }
    };
    page("kafka-trial report", body, Some(Script { data: flows, code: INDEX }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_name_no_address_and_stay_small() {
        for page in [flow(&Json::Null), index(&Json::Null)] {
            let text = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("src=\""), "{text}");
            assert!(page.len() < 25_000, "{}", page.len());
        }
    }
}
