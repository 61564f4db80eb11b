//! A real local cloud with a function of our own making: deploy, feed, fail, park, freeze, end.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use attune_dev::dead_letters::DeadLetters;
    use attune_dev::process::{MARK, procfs};
    use attune_dev::stack::{Functions, Options, Stack, Worker};
    use serde_json::{Value, json};

    /// Speaks the Runtime API: stores each body as an item, reports bodies with `bad` in them as failed, parks dead letters as an
    /// object.
    const BOOTSTRAP: &str = r#"#!/usr/bin/env python3
import json, os, urllib.request as request
runtime = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
aws = os.environ["AWS_ENDPOINT_URL"]
engine = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
def scope(service):
    return "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/%s/aws4_request, SignedHeaders=host, Signature=0" % service
def store(identity):
    item = {"TableName": os.environ["ATTUNE_TABLE_PREFIX"] + "calls", "Item": {"pk": {"S": identity}, "sk": {"S": "CALL"}}}
    headers = {"x-amz-target": "DynamoDB_20120810.PutItem", "content-type": "application/x-amz-json-1.0",
               "authorization": scope("dynamodb"), "x-amz-date": "20260101T000000Z"}
    request.urlopen(request.Request(engine, json.dumps(item).encode(), headers)).read()
def park(record):
    letter = {"v": 1, "queue": "ingest-snapshot", "reason": "bad", "body": record["body"]}
    url = aws + "/" + os.environ["ATTUNE_BUCKET_PREFIX"] + "dead-letters/t/none/" + record["messageId"] + ".json"
    put = request.Request(url, json.dumps(letter).encode(), {"authorization": scope("s3")}, method="PUT")
    request.urlopen(put).read()
while True:
    answer = request.urlopen(runtime + "invocation/next")
    identity = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    failed = []
    for record in json.load(answer)["Records"]:
        print("record", record["body"], flush=True)
        if record["eventSourceARN"].endswith("-dlq"):
            park(record)
        elif "bad" in record["body"]:
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            store(json.loads(record["body"])["n"])
    body = json.dumps({"batchItemFailures": failed}).encode()
    request.urlopen(request.Request(runtime + "invocation/" + identity + "/response", body)).read()
"#;

    fn program(folder: &Path) -> PathBuf {
        let path = folder.join("bootstrap");
        std::fs::write(&path, BOOTSTRAP).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn until(what: &str, seconds: u64, mut done: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !done() {
            assert!(Instant::now() < end, "not within {seconds} s: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn send(stack: &Stack, body: &Value) {
        let url = stack.queue_url("ingest-snapshot");
        stack.api.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body.to_string()})).unwrap();
    }

    fn stored(stack: &Stack, id: &str) -> bool {
        let key = json!({"pk": {"S": id}, "sk": {"S": "CALL"}});
        let answer = stack.api.dynamodb("GetItem", &json!({"TableName": stack.name("calls"), "Key": key})).unwrap();
        answer["Item"].is_object()
    }

    #[test]
    fn messages_reach_functions_and_bad_ones_are_parked_and_redriven() {
        let id = "stack-test";
        let folder = std::env::temp_dir().join(format!("attune-{id}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let program = program(&folder);
        let functions: BTreeMap<String, PathBuf> =
            ["ingest-snapshot", "park-dead-letters"].map(|name| (name.to_owned(), program.clone())).into();
        let options = Options {
            functions: Functions::Programs(functions),
            worker: Worker::None,
            // a failed message comes back after a second, not after minutes
            visibility_timeout_s: Some(1),
            ..Options::new(id)
        };
        let mut stack = Stack::start(options).unwrap();

        for n in 0..30 {
            send(&stack, &json!({"n": format!("m{n}")}));
        }
        until("all messages are stored", 30, || (0..30).all(|n| stored(&stack, &format!("m{n}"))));

        // a poison message: received as often as its queue allows, then parked, then sent again after a fix
        let letters = DeadLetters::new(&stack.api, stack.name(""));
        send(&stack, &json!({"n": "poison", "bad": true}));
        until("the poison is parked", 60, || letters.keys().unwrap().len() == 1);
        let key = letters.keys().unwrap().remove(0);
        assert_eq!(letters.show(&key).unwrap()["reason"], "bad");
        assert!(stack.function_log("ingest-snapshot").contains("\"bad\": true"));
        let fixed = folder.join("fixed");
        std::fs::write(&fixed, BOOTSTRAP.replace("elif \"bad\" in", "elif \"worse\" in")).unwrap();
        stack.deploy_function("ingest-snapshot", &fixed).unwrap();
        letters.redrive(&letters.find("t/none").unwrap()).unwrap();
        assert!(letters.keys().unwrap().is_empty());
        until("the poison is digested", 30, || stored(&stack, "poison"));

        // frozen: the queue is away, and comes back with what it had
        stack.pause_localstack().unwrap();
        let url = format!("{}/_localstack/health", stack.aws_endpoint());
        assert!(!attune_dev::http::answers(&url));
        stack.resume_localstack().unwrap();
        send(&stack, &json!({"n": "after"}));
        until("work goes on", 30, || stored(&stack, "after"));
        stack.check().unwrap();

        let mark = stack.run_folder().to_string_lossy().into_owned();
        let mine = || procfs::with_environment(MARK, &mark).len();
        assert!(mine() >= 5, "supervisors, engine, LocalStack and a function carry the mark");
        stack.stop();
        assert_eq!(mine(), 0, "nothing is left");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
