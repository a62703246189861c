//! Who may search: people, and no system that would copy what it finds.

crate::verbs! {
    /// Searching the directory of companies.
    SearchDirectory: Viewer, None, reads, company;
}
