//! The lines of a batch that is made here.

use serde::Serialize;

use crate::actions::reasons::Reason;
use crate::kernel::id::ActionId;
use crate::reversals::model::Operation;

/// What every line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What to do.
    pub operation: Operation,
    /// Why.
    pub reason: Option<Reason>,
    /// The brand's own words.
    pub note: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    action_id: ActionId,
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// A line for each action, in their order: JSON lines, as a batch keeps them.
pub fn lines(order: &Order, ids: &[ActionId]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for id in ids {
        let Order { operation, reason, note } = order;
        let (operation, reason, note) = (*operation, *reason, note.as_deref());
        let line = Line { action_id: *id, operation, reason, note };
        bytes.extend(serde_json::to_vec(&line).unwrap_or_default());
        bytes.push(b'\n');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reversals::formats;
    use crate::reversals::formats::Layout;
    use crate::reversals::line::TargetOf;

    #[test]
    fn every_line_is_one_that_a_batch_reads() {
        let ids: Vec<ActionId> = (0..3).map(|_| ActionId::new()).collect();
        let note = "two\nlines, and a \"quote\"".to_string();
        let reverse = Order {
            operation: Operation::Reverse,
            reason: Some(Reason::Other),
            note: Some(note.clone()),
        };
        let approve = Order { operation: Operation::Approve, reason: None, note: None };
        for order in [reverse, approve] {
            let text = lines(&order, &ids);
            let records: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            assert_eq!(records.len(), 4, "three, and nothing after the last");
            for (record, id) in records.into_iter().zip(&ids) {
                let line = formats::parse(&Layout::Lines, record, None).unwrap();
                assert_eq!(line.target, TargetOf::Action(*id));
                assert_eq!(line.operation, order.operation);
                assert_eq!(line.note, order.note);
            }
        }
    }
}
