//! What can never succeed is parked with its reason, and goes back after a fix with the same id.

use attune_dev::dead_letters::DeadLetters;
use attune_e2e::ledger::Ledger;
use attune_e2e::wait::until;
use attune_e2e::world::World;
use attune_local_tests::messages::{Snapshot, call, change, mail, now_ms, run, said, unique};
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] =
    &[("poison_is_parked_with_its_reason", parked), ("a_dead_letter_goes_back_after_a_fix_with_the_same_id", redriven)];

fn letters(world: &World) -> DeadLetters<'_> {
    DeadLetters::new(&world.stack.api, world.stack.name(""))
}

const ROOM: &str = "chr_01hzzzzzzzzzzzzzzzzzzzzzzz";

/// The letter whose body contains a text.
fn letter(world: &World, containing: &str) -> (String, Value) {
    until(&format!("the letter with {containing}"), 60, || {
        let keys = letters(world).keys().map_err(|e| e.to_string())?;
        let found = keys.iter().filter_map(|key| Some((key.clone(), letters(world).show(key).ok()?)));
        let mut found =
            found.filter(|(_, letter)| letter["body"].as_str().is_some_and(|body| body.contains(containing)));
        found.next().ok_or_else(|| format!("there are {keys:?}"))
    })
}

fn parked(world: &mut World) {
    let tenant = world.tenant("poison");
    let call = call();
    let snapshot = Snapshot::clean(&tenant.id, &call, 0);
    let run = run(&tenant.id, &call, &attune_domain::RunId::new(now_ms(), unique()));
    let change = change(&tenant.id, 1, &json!({"pcm.input_gain_db": {"old": null, "new": "3.0"}}));
    let mail = mail(&tenant.id, "nobody@example.org", "31415926");
    for (queue, good) in [
        ("ingest-snapshot", snapshot.envelope()),
        ("optimize-run", run),
        ("record-change", change),
        ("send-mail", mail),
        ("record-chat", said(&tenant.id, ROOM, json!([]))),
    ] {
        let with = |pointer: &str, value: Value| {
            let mut message = good.clone();
            message["id"] = format!("{:032x}", unique()).into();
            *message.pointer_mut(pointer).unwrap() = value;
            (message["id"].as_str().unwrap().to_owned(), message.to_string())
        };
        let broken = format!("{:032x}", unique());
        let cases = [
            ("unreadable", (broken.clone(), format!("{{\"id\": \"{broken}\", "))),
            ("unknown_kind", with("/kind", json!("snapshot.dreamt.v1"))),
            ("unknown_version", with("/v", json!(99))),
            ("wrong_cell", with("/cell", json!("us1"))),
            ("too_old", with("/accepted_at", json!(now_ms() - 41 * 24 * 3_600_000))),
            ("unreadable", with("/body", json!({"x": 1}))),
        ];
        for (_, (_, body)) in &cases {
            world.send(queue, body);
        }
        for (reason, (id, body)) in &cases {
            let (_, letter) = letter(world, id);
            assert_eq!((letter["queue"].as_str(), letter["reason"].as_str()), (Some(queue), Some(*reason)), "{body}");
        }
        until(&format!("nothing is left of {queue}"), 30, || match letters(world).waiting(queue) {
            Ok(0) => Ok(()),
            other => Err(format!("{other:?} in the dead-letter queue")),
        });
    }
    // the same id with another content is not the same message
    world.snapshot(&tenant, &snapshot);
    let ledger = Ledger::default();
    let mut other = snapshot.envelope();
    other["body"]["fingerprint"] = json!("e".repeat(64));
    until("the first one is in effect", 30, || {
        let pk = attune_migrations::keys::call_pk(&tenant.id, &call);
        if attune_local_tests::cloud::items(&world.stack, "calls", &pk).is_empty() {
            Err("no item".to_owned())
        } else {
            Ok(())
        }
    });
    world.send("ingest-snapshot", &other.to_string());
    let (key, mismatch) = letter(world, &"e".repeat(64));
    assert_eq!(mismatch["reason"], "fingerprint_mismatch", "{mismatch}");
    world.stack.api.s3("DELETE", &format!("/{}/{key}", world.stack.name("dead-letters")), &[]).unwrap();
    ledger.accepted(snapshot);
    assert_eq!(ledger.settle(world, 30).effects, 1);
}

fn redriven(world: &mut World) {
    let tenant = world.tenant("redrive");
    let ledger = Ledger::default();
    let snapshot = Snapshot::quiet(&tenant.id, &call(), 0);
    // a function that was deployed for another cell takes none of its messages
    world.deploy("ingest-snapshot", &[("ATTUNE_CELL", "us1")]);
    world.snapshot(&tenant, &snapshot);
    ledger.accepted(snapshot.clone());
    let (key, parked) = letter(world, &snapshot.id());
    assert_eq!(
        (parked["reason"].as_str(), parked["message_id"].as_str()),
        (Some("wrong_cell"), Some(snapshot.id().as_str()))
    );
    assert_eq!(parked["tenant"], json!(tenant.id));
    assert_eq!(ledger.settle(world, 10).letters, 1);
    world.deploy("ingest-snapshot", &[]);
    let back = letters(world).redrive(&letters(world).find(&snapshot.id()).unwrap()).unwrap();
    assert_eq!(back.queue, "ingest-snapshot");
    let settled = ledger.settle(world, 30);
    assert_eq!((settled.effects, settled.letters), (1, 0), "{key} has become an effect");
    attune_e2e::ledger::settle_runs(world, &tenant, &settled.runs, 30);
}
