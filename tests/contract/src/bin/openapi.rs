//! Writes `shared/contracts/openapi.json` and `asyncapi.json` anew.

fn main() -> std::io::Result<()> {
    std::fs::write(attune_contract_tests::openapi::committed(), attune_contract_tests::openapi::text())?;
    std::fs::write(attune_contract_tests::asyncapi::committed(), attune_contract_tests::asyncapi::text())
}
