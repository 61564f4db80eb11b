use super::*;
use attune_contracts::config::Origin;
use serde_json::json;

fn item(version: u64, knob: &str, knobs: u64, station: u64) -> Item {
    let value = json!({
        "pk": "T#t#S#03", "sk": format!("CHG#{version:012}#{knob}"), "v": 1, "cell_epoch": 1,
        "change_id": "chg_01hzzzzzzzzzzzzzzzzzzzzzzz", "version": version, "parent": version - 1, "station": station,
        "scope": "call", "call_id": "call_01hzzzzzzzzzzzzzzzzzzzzzzz", "knob": knob, "place": 0, "knobs": knobs,
        "old": "0.0", "new": "1.5", "content_hash": "ab", "reason": "why",
        "origin": "{\"kind\":\"manual\",\"key_id\":\"k\"}", "at": 1_700_000_000_000_u64
    });
    attune_aws::dynamodb::item_from_json(&value).unwrap().unwrap()
}

fn page(items: Vec<Item>, more: bool) -> StationPage {
    station_page(QueryPage { items, last_evaluated_key: more.then(Item::default) }).unwrap()
}

fn versions(page: &ChangesPageV1) -> Vec<u64> {
    page.changes.iter().map(|c| c.version).collect()
}

#[test]
fn items_of_a_version_become_one_change() {
    let page = page(vec![item(7, "a", 2, 3), item(7, "b", 2, 3)], false);
    let [change] = page.changes.as_slice() else { panic!("one change") };
    assert_eq!(change.values.len(), 2);
    assert_eq!(change.origin, Origin::Manual { key_id: "k".to_owned() });
    assert_eq!((change.version, change.at.0, change.station), (7, 1_700_000_000_000, Station::SpeechServerIn));
}

#[test]
fn a_change_without_values_is_a_change() {
    let mut empty = item(7, "-", 0, 3);
    empty.remove("old");
    empty.remove("new");
    assert!(page(vec![empty], false).changes[0].values.is_empty());
}

#[test]
fn a_change_that_the_page_cuts_waits_for_the_next_page() {
    let page = page(vec![item(9, "a", 1, 3), item(8, "b", 2, 3)], true);
    assert_eq!(page.changes.len(), 1);
    assert_eq!(page.covered_from, 9);
}

#[test]
fn stations_merge_by_version_down_to_what_all_pages_cover() {
    let three = page(vec![item(9, "a", 1, 3), item(5, "a", 1, 3)], true);
    let four = page(vec![item(8, "a", 1, 4), item(2, "a", 1, 4)], false);
    let answer = merge(vec![three, four], 10);
    // 2 waits: station 3 may have 3 and 4
    assert_eq!(versions(&answer), [9, 8, 5]);
    assert_eq!(answer.next_cursor.as_deref(), Some("v5"));
}

#[test]
fn the_limit_cuts_and_the_end_is_told() {
    let all = || vec![page(vec![item(9, "a", 1, 3), item(8, "a", 1, 3)], false)];
    let answer = merge(all(), 1);
    assert_eq!((versions(&answer), answer.next_cursor.as_deref()), (vec![9], Some("v9")));
    let answer = merge(all(), 2);
    assert_eq!((versions(&answer), answer.next_cursor), (vec![9, 8], None));
    assert_eq!(merge(Vec::new(), 2).next_cursor, None);
}

#[test]
fn an_item_of_an_unknown_shape_is_an_error_not_an_omission() {
    let mut odd = item(7, "a", 1, 3);
    odd.remove("origin");
    assert_eq!(station_page(QueryPage { items: vec![odd], last_evaluated_key: None }).err(), Some("origin"));
}
