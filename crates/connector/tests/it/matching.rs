//! Which events concern which triggers.

use millrace_connector::webhook::{match_trigger, resolve_template};
use serde_json::json;

#[test]
fn events_match_exactly_as_written() {
    let data = json!({});
    let inputs = json!({});
    let one = json!({"type": "webhook", "service": "zoom", "event": "meeting.ended"});
    assert!(match_trigger(&one, "meeting.ended", &data, &inputs));
    assert!(!match_trigger(&one, "meeting_ended", &data, &inputs));
    assert!(!match_trigger(&one, "meeting.ended.now", &data, &inputs));
    let several = json!({"type": "webhook", "path": "x", "events": ["a", "b"]});
    assert!(match_trigger(&several, "b", &data, &inputs));
    assert!(!match_trigger(&several, "c", &data, &inputs));
    let both = json!({"event": "c", "events": ["a"]});
    assert!(match_trigger(&both, "a", &data, &inputs) && match_trigger(&both, "c", &data, &inputs));
    for all in [json!({"type": "webhook", "path": "x"}), json!({"events": []})] {
        assert!(match_trigger(&all, "anything", &data, &inputs));
    }
}

#[test]
fn filters_compare_members_with_inputs() {
    let inputs = json!({"slackChannel": "C1", "min": 5, "nested": {"team": "T1"}, "on": true});
    let data = json!({"channel": "C1", "count": 5, "flag": true, "user": {"id": "U1"}, "team": "T1", "gone": null});
    let wants = |filter| match_trigger(&json!({"filter": filter}), "e", &data, &inputs);
    assert!(wants(json!({"channel": "{{inputs.slackChannel}}"})));
    assert!(wants(json!({"channel": "C{{ inputs.x }}1"})));
    assert!(wants(json!({"count": "{{inputs.min}}", "flag": "{{inputs.on}}", "team": "{{inputs.nested.team}}"})));
    assert!(wants(json!({"count": 5, "flag": true, "user.id": "U1", "user": {"id": "U1"}})));
    assert!(wants(json!({"gone": null, "absent": null})));
    assert!(!wants(json!({"channel": "C2"})));
    assert!(!wants(json!({"channel": "C1", "count": 6})));
    assert!(!wants(json!({"absent": "x"})));
    assert!(!wants(json!({"channel": "{{inputs.unknown}}"})));
    // Text is no number: only the side that came from a template is loose.
    assert!(!match_trigger(&json!({"filter": {"channel": 1}}), "e", &json!({"channel": "1"}), &inputs));
}

#[test]
fn templates_are_look_ups_only() {
    let inputs = json!({"a": "x", "t": {"hour": 7}, "declared_name": "y"});
    assert_eq!(resolve_template("{{inputs.a}} at {{ inputs.t.hour }}", &inputs), "x at 7");
    assert_eq!(resolve_template("{{inputs.declared_name}}", &inputs), "y");
    assert_eq!(resolve_template("[{{1 + 1}}][{{env.HOME}}][{{inputs.none}}]", &inputs), "[][][]");
    assert_eq!(resolve_template("open {{ end", &inputs), "open {{ end");
}
