//! The tree itself against every rule.

use attune_migrations::{Resources, access_page};
use attune_tidy::{access, definitions, dependencies, layout, text, tree};

fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n  {}\n", found.join("\n  "));
}

#[test]
fn dependencies_follow_the_rule() {
    let packages = tree::packages().unwrap();
    assert!(packages.len() > 10, "cargo metadata lists the workspace");
    none(dependencies::violations(&packages));
}

#[test]
fn drawn_edges_are_used() {
    none(dependencies::unused_edges(&tree::packages().unwrap()));
}

#[test]
fn the_root_holds_what_was_agreed() {
    none(layout::top_level(&tree::files().unwrap()));
}

#[test]
fn files_are_short() {
    none(layout::long_files(&tree::files().unwrap()));
}

#[test]
fn no_file_names_somebodys_machine() {
    none(text::machine_specific(&tree::files().unwrap()));
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    none(text::unfinished(&tree::files().unwrap()));
}

#[test]
fn time_and_randomness_are_arguments() {
    none(text::ambient(&tree::files().unwrap()));
}

#[test]
fn lock_files_name_public_registries() {
    none(text::lock_files(&tree::files().unwrap()));
}

#[test]
fn access_page_and_code_agree() {
    none(access_page::differences(access_page::PAGE));
}

#[test]
fn every_query_is_listed_and_sent_by_its_sender() {
    none(access::violations(&tree::files().unwrap()));
}

#[test]
fn resources_and_folders_agree() {
    none(definitions::violations(&Resources::load().unwrap(), &tree::files().unwrap()));
}
