//! Who may: people their own, whatever their company asks for, and no key.

crate::verbs! {
    /// Having a second factor, and seeing whether one has.
    HaveSecondFactor: Viewer, None, oneself, never;
}
