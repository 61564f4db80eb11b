//! Reads of DynamoDB and the way of values to JSON and back.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_aws::dynamodb::*;
use attune_aws::{Error, FailureClass, HttpResponse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn answer(status: u16, body: Value) -> HttpResponse {
    HttpResponse { status, headers: vec![], body: body.to_string().into_bytes() }
}

fn body(request: &attune_aws::HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn requests() {
    let get = GetItem::new("attune-local-tuning", "T#t#R#run_1", "RUN").request("http://127.0.0.1:4567").unwrap();
    assert_eq!(get.url, "http://127.0.0.1:4567/");
    assert!(get.headers.contains(&("x-amz-target".into(), "DynamoDB_20120810.GetItem".into())));
    let key = json!({"pk": {"S": "T#t#R#run_1"}, "sk": {"S": "RUN"}});
    assert_eq!(body(&get), json!({"TableName": "attune-local-tuning", "Key": key, "ConsistentRead": false}));

    let mut query = Query::prefix("tuning", "T#t#S#04", "CHG#");
    query.limit = Some(20);
    query.scan_index_forward = false;
    query.exclusive_start_key = Some(GetItem::new("", "T#t#S#04", "CHG#000000000007#gain").key);
    query.expression_attribute_names.insert("#v".into(), "v".into());
    let query = query.request("https://dynamodb.eu-west-1.amazonaws.com/").unwrap();
    assert_eq!(query.url, "https://dynamodb.eu-west-1.amazonaws.com/");
    assert_eq!(
        body(&query),
        json!({
            "TableName": "tuning",
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": {":pk": {"S": "T#t#S#04"}, ":sk": {"S": "CHG#"}},
            "ExpressionAttributeNames": {"#v": "v"},
            "Limit": 20,
            "ScanIndexForward": false,
            "ExclusiveStartKey": {"pk": {"S": "T#t#S#04"}, "sk": {"S": "CHG#000000000007#gain"}},
            "ConsistentRead": false,
        })
    );
    assert_eq!(GetItem::new("t", "p", "s").request("ftp://x"), Err(Error::Url));
}

#[test]
fn answers() {
    let item = json!({"pk": {"S": "p"}, "v": {"N": "1"}, "m": {"M": {"l": {"L": [{"NULL": true}, {"BOOL": false}, {"B": "AQI="}]}}},
        "ss": {"SS": ["a"]}, "ns": {"NS": ["1", "2.5"]}});
    let read = parse_get_item(&answer(200, json!({"Item": item, "ConsumedCapacity": {}}))).unwrap().unwrap();
    assert_eq!((read["pk"].as_s(), read["v"].as_u64()), (Some("p"), Some(1)));
    let plain = json!({"pk": "p", "v": 1, "m": {"l": [null, false, "AQI="]}, "ss": ["a"], "ns": [1, 2.5]});
    assert_eq!(item_to_json(&read), Ok(plain));
    assert_eq!(parse_get_item(&answer(200, json!({}))), Ok(None));

    let page =
        json!({"Items": [{"sk": {"S": "a"}}], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": {"sk": {"S": "a"}}});
    let page = parse_query(&answer(200, page)).unwrap();
    assert_eq!(page.items, [page.last_evaluated_key.clone().unwrap()]);
    let last = parse_query(&answer(200, json!({"Items": [], "Count": 0}))).unwrap();
    assert_eq!(last, QueryPage::default());

    for (status, kind, class) in [
        (400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", FailureClass::Misconfigured),
        (400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", FailureClass::Throttled),
        (400, "com.amazon.coral.validate#ValidationException", FailureClass::Rejected),
        (500, "com.amazonaws.dynamodb.v20120810#InternalServerError", FailureClass::RetryLater),
    ] {
        let failure = parse_query(&answer(status, json!({"__type": kind, "message": "m"}))).unwrap_err();
        assert_eq!((failure.class, failure.message.as_str()), (class, "m"), "{kind}");
    }
    let odd = parse_get_item(&answer(200, json!({"Item": {"a": {"X": 1}}}))).unwrap_err();
    assert_eq!(odd.class, FailureClass::Unknown);
}

#[test]
fn numbers_are_exact_or_refused() {
    let number = |text: &str| to_json(&AttributeValue::N(text.into()));
    for (text, value) in [
        ("0", json!(0)),
        ("-7", json!(-7)),
        ("18446744073709551615", json!(u64::MAX)),
        ("0.1", json!(0.1)),
        ("-12.50", json!(-12.5)),
        ("1E+2", json!(100.0)),
        ("1e-130", json!(1e-130)),
    ] {
        assert_eq!(number(text), Ok(value), "{text}");
    }
    for text in
        ["18446744073709551617", "0.12345678901234567890123", "", "abc", "NaN", "inf", "1e999999999999", "1e-400"]
    {
        assert_eq!(number(text), Err(Error::Number(text.into())), "{text}");
    }
    for outside in [json!(1e126), json!(1e-131), json!(-1e300)] {
        assert_eq!(from_json(&outside), Err(Error::Number(outside.to_string())));
    }
    assert_eq!(AttributeValue::n(u64::MAX), AttributeValue::N("18446744073709551615".into()));
    assert_eq!(item_from_json(&json!([1])), Ok(None));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e15..1e15_f64).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_round_trips_by_the_wire(value in any_json()) {
        let attribute = from_json(&value).unwrap();
        let wire = serde_json::to_string(&attribute).unwrap();
        let back: AttributeValue = serde_json::from_str(&wire).unwrap();
        let json = to_json(&back).unwrap();
        // 5.0 comes back as 5: DynamoDB knows one kind of number.
        prop_assert!(same(&json, &value), "{json} {value}");
    }
}

fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(name, value)| two.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == two,
    }
}
