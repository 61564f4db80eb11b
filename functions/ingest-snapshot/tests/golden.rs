//! What is stored and sent is pinned: a changed shape is a new variant with a reader for the old one.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is to be loud")]

use attune_contracts::message::SnapshotAcceptedV1;
use attune_functions_kit::store::Upsert;
use attune_functions_kit::{Message, queue};
use ingest_snapshot::decide::{Decision, decide, run_message};
use ingest_snapshot::{items, raw};
use serde_json::{Value, json};

fn golden(name: &str, value: &Value) {
    attune_test_support::golden::golden(env!("CARGO_MANIFEST_DIR"), name, value);
}

fn message(index: u32, version: u64, level: Option<f64>) -> Message<SnapshotAcceptedV1> {
    let metric = |value: f64, unit: &str| json!({"value": value, "unit": unit, "source": "measured", "method": "m", "window_ms": 2000, "n": 16000});
    let mut metrics = json!({
        "audioQuality.snr": metric(17.25, "dB"), "audioQuality.clipping": metric(0.0, "%"),
        "audioQuality.noise": metric(-52.5, "dBFS"), "signal.hum": metric(-61.0, "dBFS"), "signal.peak": metric(-9.5, "dBFS"),
        "signal.rms": metric(-38.0, "dBFS"), "packet.loss": metric(0.0, "%"), "latency.jitter": metric(3.2, "ms"),
        "audioQuality.mos": metric(4.1, "1"),
    });
    if let Some(level) = level {
        metrics["audioQuality.speechLevel"] = metric(level, "dBFS");
    }
    let call = "call_01kgax4zr0000000000000000a";
    let tenant = "tnt_eu1_01kgax4zr0000000000000000t";
    let sha256 = "5d41402abc4b2a76b9719d911017c592ae3b2a1c5d41402abc4b2a76b9719d91";
    serde_json::from_value(json!({
        "v": 1, "id": format!("0e0b6f4c-0000-5000-8000-{index:012}"), "tenant": tenant, "cell": "eu1",
        "kind": "snapshot.accepted.v1", "accepted_at": 1_769_860_800_007_i64,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "body": {
            "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "received_at": 1_769_860_800_007_i64,
            "snapshot": {
                "schema_version": 1, "call_id": call, "channel": {"leg": "a"}, "station": 4,
                "segment": {"index": index, "start_ms": index * 2000, "end_ms": index * 2000 + 2000},
                "captured_at": "2026-01-31T12:00:00.000Z", "metrics": metrics,
                "parameters": {"version": version, "values": {"pcm.input_gain_db": "6.0", "highpass.cutoff_hz": "120"}},
                "audio": {
                    "storage_key": format!("{tenant}/{call}/a-4-{index}/{sha256}"), "sha256": sha256,
                    "encoding": "pcm_s16le", "sample_rate_hz": 8000,
                },
                "constraints": {"pcm.input_gain_db": {"max": "12.0"}}, "targets": {"audioQuality.speechLevel": -22.0},
            },
        },
    }))
    .unwrap()
}

fn upsert(upsert: &Upsert) -> Value {
    let list = |list: &[(String, attune_functions_kit::item::Value)]| -> Value {
        list.iter().map(|(name, value)| json!([name, format!("{value:?}")])).collect()
    };
    json!({
        "pk": upsert.pk, "sk": upsert.sk, "set": list(&upsert.set), "first": list(&upsert.first), "newer": upsert.newer,
    })
}

#[test]
fn the_snapshot_item_and_its_send() {
    let message = message(7, 3, Some(-41.5));
    let (decision, score) = decide(&message.body.snapshot, false);
    assert_eq!(decision, Decision::BelowTarget);
    let run = run_message(&message, decision).unwrap();
    golden("message-optimizer.run.v1", &serde_json::to_value(&run).unwrap());
    let sends = vec![queue::Send::new("optimize-run", &run).unwrap()];
    let text = queue::to_text(&sends).unwrap();
    assert_eq!(queue::from_text(Some(&text)).unwrap(), sends, "what is stored is what is sent again");
    let group = raw::groups(std::slice::from_ref(&message)).into_keys().next().unwrap();
    let key = raw::key(&group, &[&message]);
    let item = items::snapshot(&message, &key, decision, &score, Some(text)).unwrap();
    assert!(item.size() <= 2048, "{} bytes, though everything optional is there", item.size());
    golden("item-snapshot", &item.into());
}

#[test]
fn channel_segment_and_call() {
    let (one, two, other) = (message(9, 3, None), message(7, 3, None), message(8, 4, None));
    let unchanged = message(6, 0, None);
    golden("upsert-channel", &upsert(&items::channel(&[&one, &two, &other, &unchanged]).unwrap()));
    golden("upsert-segment", &upsert(&items::segment(&one)));
    golden("upsert-call", &upsert(&items::call(&[&one, &two]).unwrap()));
    assert!(items::channel(&[]).is_none() && items::call(&[]).is_none());
}

#[test]
fn raw_lines_and_their_key_do_not_depend_on_order() {
    let (one, two) = (message(1, 0, None), message(2, 0, None));
    let groups = raw::groups(&[one.clone(), two.clone()]);
    assert_eq!(groups.len(), 1, "one call, one minute, one object");
    let group = groups.into_keys().next().unwrap();
    assert_eq!(raw::key(&group, &[&one, &two]), raw::key(&group, &[&two, &one, &one]));
    assert_eq!(raw::lines(&[&one, &two]).unwrap(), raw::lines(&[&two, &one]).unwrap());
    assert_ne!(raw::key(&group, &[&one]), raw::key(&group, &[&two]));
}

#[test]
fn a_run_is_due_below_the_target_or_in_the_first_window_after_a_change_and_only_with_speech() {
    let decided = |version, level, first| decide(&message(1, version, level).body.snapshot, first).0;
    assert_eq!(decided(0, Some(-41.5), false), Decision::BelowTarget);
    assert_eq!(decided(0, Some(-41.5), true), Decision::BelowTarget, "version 0 is no change");
    assert_eq!(decided(3, Some(-41.5), true), Decision::AfterChange);
    assert_eq!(decided(3, None, true), Decision::NoSpeech);
    assert_eq!(decided(0, None, false), Decision::NoSpeech);
    let mut good = message(1, 3, Some(-21.0));
    good.body.snapshot.metrics.get_mut("audioQuality.snr").unwrap().value = Some(45.0);
    good.body.snapshot.metrics.get_mut("audioQuality.noise").unwrap().value = Some(-65.0);
    assert_eq!(decide(&good.body.snapshot, false).0, Decision::NotDue);
    assert_eq!(decide(&good.body.snapshot, true).0, Decision::AfterChange, "ControlRoom waits for it, good or not");
}
