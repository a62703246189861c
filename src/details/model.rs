//! Words of what is shown with an action.

crate::words! {
    /// What may be done to an action. A step that restores an item is part of modifying, and still
    /// possible where the action is reversed.
    pub enum Choice as AllowedCommand {
        Approve = "approve",
        Modify = "modify",
        RestoreItem = "restore_item",
        Reverse = "reverse",
        Restore = "restore",
        Reset = "reset",
        Hold = "hold",
        Release = "release",
        Reattribute = "reattribute",
        Clawback = "clawback",
        MakeGood = "make_good",
    }
}

crate::words! {
    /// What comes along with an action.
    pub enum Expansion as ActionExpansion {
        Items = "items",
        Allowed = "allowed",
        Updates = "updates",
        Contract = "contract",
        Adjustments = "adjustments",
        Inquiry = "inquiry",
    }
}

crate::words! {
    /// What comes along with each action of a list.
    pub enum ListExpansion as ActionsExpansion { Items = "items", Allowed = "allowed" }
}
