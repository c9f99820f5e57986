//! Validation: what is found in Python source, and what it costs.

use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

use crate::support::{number, payload, texts};

fn validated(code: &str) -> Json {
    payload(Operation::Validate, json!({"code_content": code}))
}

fn compliance(code: &str) -> f64 {
    number(&validated(code)["onex_compliance_score"])
}

/// A node that follows all rules.
const GOOD: &str = r#"
from pydantic import BaseModel
from typing import Protocol

class ModelInput(BaseModel):
    """What comes in."""
    name: str

class ProtocolStore(Protocol):
    """Where it goes."""
    def put(self, name: str) -> None: ...

class NodeStoreEffect(NodeEffect):
    """Stores names."""
    contract_path: str = "contracts/store.yaml"

    async def execute(self, given: ModelInput) -> None:
        await self.store.put(given.name)
"#;

#[test]
fn the_code_of_the_specification_gets_its_scores() {
    let plain = validated("class Test: pass");
    assert_eq!((&plain["quality_score"], &plain["onex_compliance_score"]), (&json!(0.5), &json!(0.5)));
    let node = validated("class NodeTestEffect(NodeEffect): pass");
    assert_eq!((&node["quality_score"], &node["onex_compliance_score"]), (&json!(0.61), &json!(0.6)));
}

#[test]
fn better_code_scores_higher_step_by_step() {
    let steps = [
        "class node(BaseModel):\n    x: Any\n",
        "import os\nclass node: pass\n",
        "class node: pass\n",
        "class Node: pass\n",
        "class Node(NodeEffect): pass\n",
        "class Node(NodeEffect):\n    contract_path = 'a.yaml'\n",
        GOOD,
    ];
    let scores: Vec<f64> = steps.iter().map(|code| number(&validated(code)["quality_score"])).collect();
    assert!(scores.is_sorted_by(|worse, better| worse < better), "{scores:?}");
}

#[test]
fn code_that_follows_the_rules_is_valid() {
    let good = validated(GOOD);
    assert_eq!((&good["is_valid"], &good["violations"], &good["warnings"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!(good["architectural_era"], "modern");
    assert_eq!((&good["onex_compliance_score"], &good["quality_score"]), (&json!(0.9), &json!(0.79)));
    assert_eq!(good["suggestions"], json!([]));
}

#[test]
fn each_critical_finding_makes_good_code_not_compliant_and_names_its_line() {
    let cases = [
        ("from typing import Any", "imports Any"),
        ("from typing_extensions import (List,\n  Any as Whatever)", "imports Any"),
        ("def f(x: dict[str, Any]) -> None: ...", "annotates with Any"),
        ("def f() -> typing.Any: ...", "annotates with Any"),
        ("x: 'list[Any]' = []", "annotates with Any"),
        ("class settings(pydantic.BaseModel): x: int", "the model class 'settings' begins with a lower-case letter"),
        ("data = model.dict()", "calls .dict(), a method of pydantic 1"),
        ("data = self.a.b[0].json(indent=2)", "calls .json(), a method of pydantic 1"),
        ("data = f(x).copy(update={})", "calls .copy(), a method of pydantic 1"),
        ("data = Model.schema()", "calls .schema(), a method of pydantic 1"),
    ];
    for (line, finding) in cases {
        let result = validated(&format!("{GOOD}{line}\n"));
        let number_of_line = GOOD.lines().count() + 1;
        let found = texts(&result["violations"], None);
        assert!(
            matches!(found.as_slice(), [one] if one.ends_with(finding) && one.starts_with(&format!("line {number_of_line}: "))
                || line.contains('\n') && one.ends_with(finding)),
            "{line}: {found:?}"
        );
        assert_eq!((&result["onex_compliance_score"], &result["is_valid"]), (&json!(0.0), &json!(false)), "{line}");
        assert!(!texts(&result["suggestions"], None).is_empty());
    }
}

#[test]
fn what_only_looks_like_a_finding_is_none() {
    for line in [
        "# from typing import Any",
        "text = 'x: Any = model.dict()'",
        "AnyOf = Anything",
        "def f(x: AnyStr) -> None: ...",
        "from .sibling import thing",
        "import osmosis",
        "value = {'dict': 1, 'json': 2}",
        "class Lower: pass",
    ] {
        assert_eq!(compliance(line), 0.5, "{line}: {}", validated(line));
    }
}

#[test]
fn each_moderate_finding_costs_a_tenth_and_is_a_warning() {
    let cases = [
        ("class lower: pass", 0.4),
        ("class _private_lower: pass\nclass other: pass", 0.3),
        ("import os", 0.4),
        ("import sys, os.path as p", 0.4),
        ("from ..models import Thing", 0.4),
        ("from .... import thing", 0.4),
        ("class M(BaseModel):\n    @validator('x')\n    def f(cls): return 1", 0.4),
        ("class M(BaseModel):\n    @pydantic.root_validator\n    def f(cls): return 1", 0.4),
        ("import os\nimport os\nimport os\nimport os\nimport os\nimport os\nimport os", 0.0),
    ];
    for (code, expected) in cases {
        let result = validated(code);
        assert_eq!(result["onex_compliance_score"], json!(expected), "{code}: {result}");
        let warnings = texts(&result["warnings"], None).len();
        assert_eq!(json!(warnings), result["details"]["moderate_findings"], "{code}");
    }
}

#[test]
fn each_modern_finding_wins_a_tenth() {
    let cases = [
        ("class ModelA(BaseModel): x: int", 0.6),
        ("class A(NodeCompute): pass", 0.6),
        ("class A(nodes.NodeReducer[int]): pass", 0.6),
        ("class A(NodeOrchestrator, Generic[T]): pass", 0.6),
        ("class Store(Protocol[T]): pass", 0.6),
        ("def f(contract_path: Path) -> None: open(contract_path)", 0.6),
        ("class ModelA(BaseModel): x: int\nclass ModelB(BaseModel): x: int", 0.7),
    ];
    for (code, expected) in cases {
        assert_eq!(compliance(code), expected, "{code}: {}", validated(code));
    }
    let many: String = (0..9).map(|n| format!("class Model{n}(BaseModel): x: int\n")).collect();
    assert_eq!(compliance(&many), 1.0);
}

#[test]
fn code_that_is_not_python_3_is_a_violation() {
    for code in [
        "def f(:\n    pass",
        "class A",
        "x = = 1",
        "def f():\n",
        "class A:\n    def f(self):\n        # nothing\n",
        "print 'hello'",
        "exec 'code'",
        "x = `1`",
        "if a <> b: pass",
        "class A: pass\n  indented",
        "{",
        "x = 'never closed",
    ] {
        let result = validated(code);
        let violations = texts(&result["violations"], None);
        assert!(violations.iter().any(|line| line.contains("syntax error")), "{code}: {violations:?}");
        assert_eq!((&result["is_valid"], &result["onex_compliance_score"]), (&json!(false), &json!(0.0)), "{code}");
    }
}

#[test]
fn modern_syntax_is_no_error() {
    let code = "type Pair[T] = tuple[T, T]\nmatch x:\n    case {'a': [1, *rest]} if rest:\n        print(f'{x!r:>{width}}')\n\
                async def f[T](x: T, /, *, y: int | None = None) -> T:\n    return (z := x)\n\
                try:\n    pass\nexcept* ValueError as error:\n    raise\n";
    assert_eq!(validated(code)["violations"], json!([]));
}

#[test]
fn the_request_says_what_the_code_is_compared_with() {
    let request = json!({
        "code": "class A(NodeCompute): pass", "node_type": "reducer", "file_path": "a.txt",
        "contracts": ["ModelOrder", {"name": "A"}],
    });
    let result = payload(Operation::Validate, request);
    let warnings = texts(&result["warnings"], None);
    assert!(warnings.iter().any(|line| line.contains("NodeCompute") && line.contains("reducer")), "{warnings:?}");
    assert!(warnings.iter().any(|line| line.contains("a.txt")), "{warnings:?}");
    let suggestions = texts(&result["suggestions"], None);
    assert!(suggestions.iter().any(|line| line.contains("'ModelOrder'")), "{suggestions:?}");
    assert!(!suggestions.iter().any(|line| line.contains("'A'")), "{suggestions:?}");
}

#[test]
fn there_are_at_most_ten_suggestions_and_a_hundred_lines_of_a_kind() {
    let bad = "from typing import Any\nimport os\nfrom ..a import b\nclass a(BaseModel):\n    @validator('x')\n    def f(cls): \
               return self.dict()\nclass b: pass\nx = = 1\n";
    assert_eq!(texts(&validated(bad)["suggestions"], None).len(), 10);
    let result = validated(&"x: Any = 1\n".repeat(500));
    assert_eq!(texts(&result["violations"], None).len(), 100);
    assert_eq!(result["details"]["critical_findings"], 500);
}

#[test]
fn code_content_goes_before_its_alias() {
    let request = json!({"code": "x: Any = 1", "code_content": "class A(NodeEffect): pass"});
    assert_eq!(payload(Operation::Validate, request)["onex_compliance_score"], 0.6);
    let request = json!({"code": "class A(NodeEffect): pass", "code_content": null});
    assert_eq!(payload(Operation::Validate, request)["onex_compliance_score"], 0.6);
}
