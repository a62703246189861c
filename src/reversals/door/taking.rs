//! Takes bodies in: what they are is told from their beginning, and the rest is stored as it comes.

use std::fmt::Display;

use actix_web::web::{Bytes, BytesMut};
use futures_util::Stream;

use super::incoming::Incoming;
use super::media::{Kind, Wrapping};
use super::storing::Storing;
use super::{Limits, Options, Stored};
use crate::access::{Signed, Verb, secret};
use crate::actions::model::Channel;
use crate::error::{Error, Result};
use crate::kernel::id::ReversalId;
use crate::reversals::formats::{self, Envelope, EnvelopeFault, Layout};
use crate::reversals::line::EventTypeName;
use crate::reversals::model::{Mode, OnAmbiguous, Purpose};
use crate::reversals::rules::too_many_lines;

/// How much of a file is looked at before the rest is taken in.
const WINDOW: usize = 64 * 1024;

/// Who sends, and how much may come.
pub(super) struct Taking<'a, V> {
    pub(super) signed: &'a Signed<V>,
    pub(super) purpose: Purpose,
    pub(super) limits: Limits,
}

/// A file that is stored.
pub(super) struct Kept {
    id: ReversalId,
    purpose: Purpose,
    layout: Layout,
    size_bytes: i64,
    digest: Vec<u8>,
}

impl Kept {
    /// The file as a batch of which this was asked.
    pub(super) fn asked_for(self, options: Options) -> Stored {
        Stored {
            id: self.id,
            brand: options.brand,
            purpose: self.purpose,
            channel: Channel::Upload,
            mode: options.mode.unwrap_or(Mode::BestEffort),
            on_ambiguous: options.on_ambiguous.unwrap_or(OnAmbiguous::Reject),
            event_type: options.event_type.as_deref().map(EventTypeName::of),
            force: options.force.unwrap_or(false),
            in_form: false,
            layout: self.layout,
            file_name: options.file_name,
            size_bytes: self.size_bytes,
            digest: self.digest,
        }
    }
}

impl<V: Verb> Taking<'_, V> {
    /// A body of JSON.
    pub(super) async fn json<S, E>(&self, mut incoming: Incoming<S>) -> Result<Stored>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Display,
    {
        let (purpose, most) = (self.purpose, self.limits.lines);
        let mut text = BytesMut::new();
        while let Some(bytes) = incoming.next().await? {
            text.extend_from_slice(&bytes);
        }
        let digest = secret::digest(&text);
        // Some tens of megabytes take a while to read, and others are waiting.
        let read = tokio::task::spawn_blocking(move || {
            let envelope = formats::envelope(&text, purpose, most.at_all)?;
            let Envelope { mode, on_ambiguous, event_type, force, lines } = envelope;
            if let Some(fault) = too_many_lines(mode, lines.len(), most) {
                return Err(EnvelopeFault::TooManyLines(fault).into());
            }
            Ok::<_, Error>((mode, on_ambiguous, event_type, force, formats::stored(&lines)))
        });
        let read = read.await.map_err(Error::internal)??;
        let (mode, on_ambiguous, event_type, force, lines) = read;
        let id = ReversalId::new();
        let mut store = Storing::of(self.signed, id);
        store.append(&lines).await?;
        store.finish().await?;
        Ok(Stored {
            id,
            brand: None,
            purpose,
            channel: Channel::Api,
            mode,
            on_ambiguous,
            event_type,
            force,
            in_form: false,
            layout: match purpose {
                Purpose::Reversals => Layout::Lines,
                Purpose::Actions => Layout::OrderLines,
            },
            file_name: None,
            size_bytes: incoming.size(),
            digest,
        })
    }

    /// A file.
    pub(super) async fn file<S, E>(&self, from: S, wrapping: Wrapping) -> Result<Kept>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Display,
    {
        let limits = self.limits;
        let incoming = Incoming::new(from, limits.file_bytes, wrapping.packed, limits.patience);
        let mut incoming = incoming.encoded_in(wrapping.charset);
        let (mut head, mut complete) = (BytesMut::new(), false);
        while head.len() < WINDOW && !complete {
            match incoming.next().await? {
                Some(bytes) => head.extend_from_slice(&bytes),
                None => complete = true,
            }
        }
        let window = head.get(..WINDOW.min(head.len())).unwrap_or_default();
        let whole = complete && window.len() == head.len();
        let layout = match (self.purpose, wrapping.kind) {
            (Purpose::Reversals, Kind::Table) => formats::sniff(window, whole),
            (Purpose::Actions, Kind::Table) => formats::sniff_orders(window, whole),
            (Purpose::Reversals, Kind::Lines) => formats::sniff_lines(window, whole),
            (Purpose::Actions, Kind::Lines) => {
                formats::sniff_lines(window, whole).map(|_| Layout::OrderLines)
            }
        };
        let faulty = |faults: Vec<_>| Error::Invalid(faults.into_iter().map(Into::into).collect());
        let layout = layout.map_err(faulty)?;
        let id = ReversalId::new();
        let mut digest = secret::Digest::default();
        let mut store = Storing::of(self.signed, id);
        digest.update(&head);
        store.append(&head).await?;
        drop(head);
        while let Some(bytes) = incoming.next().await? {
            digest.update(&bytes);
            store.append(&bytes).await?;
        }
        store.finish().await?;
        let (size_bytes, digest) = (incoming.size(), digest.finish());
        Ok(Kept { id, purpose: self.purpose, layout, size_bytes, digest })
    }
}
