//! The Worker in a stack: killed as it stands, started again on the same files.

#[cfg(test)]
mod tests {
    use attune_dev::http;
    use attune_dev::stack::{Functions, Options, Stack};

    fn config_status(stack: &Stack, key: &str) -> u16 {
        let authorization = format!("Bearer {key}");
        let url = format!("{}/v1/config/1", stack.url());
        http::send("GET", &url, &[("authorization", &authorization)], &[], 10).unwrap().status
    }

    #[test]
    fn a_killed_worker_keeps_its_tenants() {
        let mut stack = Stack::start(Options { functions: Functions::None, ..Options::new("worker-test") }).unwrap();
        let (_, key) = stack.create_tenant("one").unwrap();
        assert_eq!(config_status(&stack, &key), 200);
        stack.kill_workerd().unwrap();
        assert!(!http::answers(&format!("{}/healthz", stack.url())), "nothing listens any more");
        stack.restart_worker().unwrap();
        assert_eq!(config_status(&stack, &key), 200);
    }
}
