//! Writes `shared/contracts/openapi.json` anew.

fn main() -> std::io::Result<()> {
    std::fs::write(attune_contract_tests::openapi::committed(), attune_contract_tests::openapi::text())
}
