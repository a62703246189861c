//! What the tables look like to Diesel; both engines, one list. Written by hand, because no tool
//! knows our column types; a test holds it equal to both migrated databases.

#![allow(missing_docs, reason = "the columns are explained where the rows are")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    companies (id) {
        id -> Key,
        name -> Text,
        kind -> Text,
        website -> Nullable<Text>,
        domain -> Nullable<Text>,
        profile -> Doc,
        time_zone -> Text,
        currency -> Text,
        plan -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
        require_two_factor -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    company_status_changes (id) {
        id -> Key,
        company_id -> Key,
        status -> Text,
        reason -> Text,
        user_id -> Nullable<Key>,
        kept -> Bool,
        at -> At,
        grantee_company_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    company_tax (company_id) {
        company_id -> Key,
        tax_id -> Nullable<Text>,
        entity_type -> Nullable<Text>,
        country -> Nullable<Text>,
        vat_id -> Nullable<Text>,
        document_status -> Text,
        unconfirmed_since -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    company_payment (company_id) {
        company_id -> Key,
        method -> Text,
        holder -> Text,
        account -> Binary,
        account_last4 -> Text,
        bank_code -> Nullable<Text>,
        currency -> Text,
        threshold_minor -> BigInt,
        redirected_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    directory_entries (phrase, company_id) {
        phrase -> Text,
        company_id -> Key,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    users (id) {
        id -> Key,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
        email_confirmed_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    memberships (id) {
        id -> Key,
        company_id -> Key,
        user_id -> Key,
        role -> Text,
        created_at -> At,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    invitations (id) {
        id -> Key,
        company_id -> Key,
        email -> Text,
        name -> Nullable<Text>,
        role -> Text,
        status -> Text,
        hash -> Nullable<Binary>,
        invited_by -> Key,
        letters -> Integer,
        created_at -> At,
        sent_at -> At,
        expires_at -> At,
        answered_at -> Nullable<At>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    sessions (id) {
        id -> Key,
        user_id -> Key,
        company_id -> Key,
        created_at -> At,
        expires_at -> At,
        revoked_at -> Nullable<At>,
        seen_at -> Nullable<At>,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    refresh_tokens (id) {
        id -> Key,
        session_id -> Key,
        hash -> Binary,
        created_at -> At,
        used_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    second_factors (user_id) {
        user_id -> Key,
        secret -> Binary,
        created_at -> At,
        confirmed_at -> Nullable<At>,
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    recovery_codes (user_id, mark) {
        user_id -> Key,
        mark -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    sign_in_counts (mark) {
        mark -> Binary,
        failures -> Integer,
        blocked_until -> At,
        counted_at -> At,
        familiar_until -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    registrations (id) {
        id -> Key,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        company -> Doc,
        created_at -> At,
        hash -> Nullable<Binary>,
        expires_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    email_changes (id) {
        id -> Key,
        user_id -> Key,
        email -> Text,
        created_at -> At,
        hash -> Nullable<Binary>,
        expires_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    stream_tickets (id) {
        id -> Key,
        hash -> Binary,
        credential -> Binary,
        expires_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    api_keys (id) {
        id -> Key,
        company_id -> Key,
        name -> Text,
        hint -> Text,
        hash -> Binary,
        scopes -> Doc,
        program_ids -> Nullable<Doc>,
        event_type_ids -> Nullable<Doc>,
        created_by -> Key,
        created_at -> At,
        expires_at -> Nullable<At>,
        revoked_at -> Nullable<At>,
        last_used_at -> Nullable<At>,
        version -> BigInt,
        previous_hint -> Nullable<Text>,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    idempotency_keys (principal, key) {
        principal -> Key,
        key -> Text,
        digest -> Binary,
        status -> Nullable<Integer>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
        subject -> Nullable<Key>,
        created_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    people (id) {
        id -> Key,
        company_id -> Key,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        title -> Nullable<Text>,
        phone -> Nullable<Text>,
        user_id -> Nullable<Key>,
        folded -> Text,
        left_at -> Nullable<At>,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnerships (id) {
        id -> Key,
        partner_company_id -> Key,
        client_company_id -> Key,
        offered_by_company_id -> Key,
        status -> Text,
        message -> Text,
        comment -> Nullable<Text>,
        end_reason -> Nullable<Text>,
        ended_by_company_id -> Nullable<Key>,
        version -> BigInt,
        created_at -> At,
        answered_at -> Nullable<At>,
        ended_at -> Nullable<At>,
        updated_at -> At,
        expires_at -> Nullable<At>,
        description -> Nullable<Text>,
        open_changes -> BigInt,
        partner_answers -> BigInt,
        client_answers -> BigInt,
        partner_team_visible -> Bool,
        client_team_visible -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_contacts (partnership_id, person_id) {
        partnership_id -> Key,
        person_id -> Key,
        company_id -> Key,
        state -> Text,
        offered_at -> At,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_grants (partnership_id, company_id, kind) {
        partnership_id -> Key,
        company_id -> Key,
        grantee_company_id -> Key,
        kind -> Text,
        level -> Nullable<Text>,
        granted_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_invitations (id) {
        id -> Key,
        company_id -> Key,
        email -> Text,
        company_name -> Nullable<Text>,
        role -> Text,
        status -> Text,
        message -> Text,
        brought -> Doc,
        hash -> Nullable<Binary>,
        invited_by -> Key,
        letters -> Integer,
        created_at -> At,
        sent_at -> At,
        expires_at -> At,
        answered_at -> Nullable<At>,
        partnership_id -> Nullable<Key>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_managers (partnership_id, company_id, person_id) {
        partnership_id -> Key,
        company_id -> Key,
        person_id -> Key,
        added_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_changes (id) {
        id -> Key,
        partnership_id -> Key,
        proposed_by_company_id -> Key,
        status -> Text,
        reason -> Text,
        operations -> Doc,
        comment -> Nullable<Text>,
        version -> BigInt,
        created_at -> At,
        decided_at -> Nullable<At>,
        updated_at -> At,
        counters_change_id -> Nullable<Key>,
        countered_by_change_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    favourite_partnerships (company_id, user_id, partnership_id) {
        company_id -> Key,
        user_id -> Key,
        partnership_id -> Key,
        marked_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    hidden_partnerships (company_id, partnership_id) {
        company_id -> Key,
        partnership_id -> Key,
        hidden_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    partnership_history (id) {
        id -> Key,
        partnership_id -> Key,
        company_id -> Key,
        shared -> Bool,
        #[sql_name = "type"]
        kind -> Text,
        details -> Doc,
        user_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    programs (id) {
        id -> Key,
        company_id -> Key,
        name -> Text,
        currency -> Text,
        time_zone -> Text,
        lock_horizon -> At,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
        make_good_limit_minor -> Nullable<BigInt>,
        guard_lines -> Nullable<Integer>,
        guard_payout_percent -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    event_types (id) {
        id -> Key,
        company_id -> Key,
        program_id -> Key,
        name -> Text,
        code -> Text,
        kind -> Text,
        dedup_days -> Nullable<Integer>,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    contracts (id) {
        id -> Key,
        program_id -> Key,
        brand_company_id -> Key,
        partner_company_id -> Key,
        currency -> Text,
        status -> Text,
        starts_on -> Nullable<Text>,
        ends_on -> Nullable<Text>,
        version -> BigInt,
        created_at -> At,
        answered_at -> Nullable<At>,
        ended_at -> Nullable<At>,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    contract_terms (id) {
        id -> Key,
        contract_id -> Key,
        number -> Integer,
        status -> Text,
        terms -> Doc,
        starts_on -> Nullable<Text>,
        in_force_from -> Nullable<At>,
        created_at -> At,
        answered_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    referral_codes (id) {
        id -> Key,
        company_id -> Key,
        program_id -> Key,
        partner_company_id -> Key,
        code -> Text,
        folded -> Text,
        skeleton -> Text,
        active -> Bool,
        valid_from -> At,
        valid_until -> Nullable<At>,
        freed_at -> Nullable<At>,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    referral_code_changes (code_id, sequence) {
        code_id -> Key,
        sequence -> BigInt,
        kind -> Text,
        partner_company_id -> Key,
        since -> At,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    actions (id) {
        id -> Key,
        company_id -> Key,
        partner_company_id -> Key,
        program_id -> Key,
        event_type_id -> Key,
        contract_id -> Key,
        terms_id -> Key,
        order_id -> Text,
        occurrence -> Integer,
        state -> Text,
        held -> Bool,
        hold_reason -> Nullable<Text>,
        currency -> Text,
        sale_minor -> BigInt,
        payout_minor -> BigInt,
        tracked_sale_minor -> BigInt,
        tracked_payout_minor -> BigInt,
        items -> Doc,
        customer_status -> Nullable<Text>,
        sub_ids -> Nullable<Doc>,
        note -> Nullable<Text>,
        code -> Nullable<Text>,
        code_id -> Nullable<Key>,
        attributed_by -> Text,
        first_partner_company_id -> Nullable<Key>,
        occurred_at -> At,
        locks_at -> At,
        locked_at -> Nullable<At>,
        cleared_at -> Nullable<At>,
        cleared -> Bool,
        late -> Bool,
        held_until -> Nullable<At>,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
        occurred_on -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    action_updates (action_id, version) {
        id -> Key,
        action_id -> Key,
        version -> BigInt,
        company_id -> Key,
        partner_company_id -> Key,
        terms_id -> Key,
        command -> Text,
        state_before -> Nullable<Text>,
        state -> Text,
        sale_minor -> BigInt,
        sale_delta_minor -> BigInt,
        payout_minor -> BigInt,
        payout_delta_minor -> BigInt,
        items -> Nullable<Doc>,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
        channel -> Text,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        reversal_id -> Nullable<Key>,
        line -> Nullable<Integer>,
        at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    adjustments (action_id, sequence) {
        id -> Key,
        action_id -> Key,
        sequence -> BigInt,
        company_id -> Key,
        partner_company_id -> Key,
        kind -> Text,
        state -> Text,
        sale_minor -> BigInt,
        sale_delta_minor -> BigInt,
        payout_minor -> BigInt,
        payout_delta_minor -> BigInt,
        items -> Doc,
        changes -> Doc,
        reason -> Text,
        note -> Nullable<Text>,
        channel -> Text,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        reversal_id -> Nullable<Key>,
        line -> Nullable<Integer>,
        at -> At,
        approved_by_user_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    adjustment_proposals (id) {
        id -> Key,
        action_id -> Key,
        company_id -> Key,
        partner_company_id -> Key,
        status -> Text,
        kind -> Text,
        correction -> Doc,
        sale_minor -> BigInt,
        sale_delta_minor -> BigInt,
        payout_minor -> BigInt,
        payout_delta_minor -> BigInt,
        changes -> Doc,
        reason -> Text,
        note -> Nullable<Text>,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        maker_user_id -> Nullable<Key>,
        at -> At,
        decided_by_user_id -> Nullable<Key>,
        decided_at -> Nullable<At>,
        decline_reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reprocessings (id) {
        id -> Key,
        company_id -> Key,
        program_id -> Key,
        event_type_id -> Nullable<Key>,
        partner_company_id -> Nullable<Key>,
        occurred_after -> At,
        occurred_before -> At,
        mode -> Text,
        dry_run_id -> Nullable<Key>,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        status -> Text,
        code -> Nullable<Text>,
        detail -> Nullable<Text>,
        total -> Nullable<BigInt>,
        reattributed -> BigInt,
        unchanged -> BigInt,
        skipped -> BigInt,
        rejected -> BigInt,
        done_at -> Nullable<At>,
        done_id -> Nullable<Key>,
        version -> BigInt,
        created_at -> At,
        started_at -> Nullable<At>,
        completed_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reprocessing_results (reprocessing_id, action_id) {
        reprocessing_id -> Key,
        action_id -> Key,
        order_id -> Text,
        outcome -> Text,
        code -> Nullable<Text>,
        from_partner_company_id -> Key,
        to_partner_company_id -> Key,
        currency -> Text,
        payout_before_minor -> BigInt,
        payout_after_minor -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    inquiries (id) {
        id -> Key,
        company_id -> Key,
        partner_company_id -> Key,
        program_id -> Key,
        event_type_id -> Key,
        terms_id -> Key,
        kind -> Text,
        action_id -> Nullable<Key>,
        existing_action_id -> Nullable<Key>,
        order_id -> Text,
        occurred_at -> At,
        currency -> Text,
        claim -> Doc,
        message -> Text,
        in_time -> Bool,
        status -> Text,
        answer_by -> At,
        decided_by -> Nullable<Text>,
        answer -> Nullable<Text>,
        note -> Nullable<Text>,
        applied -> Nullable<Text>,
        action_version -> Nullable<BigInt>,
        adjustment_id -> Nullable<Key>,
        code -> Nullable<Text>,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        version -> BigInt,
        opened_at -> At,
        decided_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reversals (id) {
        id -> Key,
        company_id -> Key,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        authority -> Doc,
        channel -> Text,
        mode -> Text,
        on_ambiguous -> Text,
        event_type_id -> Nullable<Key>,
        layout -> Doc,
        file_name -> Nullable<Text>,
        size_bytes -> BigInt,
        digest -> Binary,
        duplicate_of -> Nullable<Key>,
        status -> Text,
        code -> Nullable<Text>,
        detail -> Nullable<Text>,
        fault_line -> Nullable<Integer>,
        total -> Nullable<Integer>,
        applied -> Integer,
        unchanged -> Integer,
        duplicate -> Integer,
        rejected -> Integer,
        version -> BigInt,
        received_at -> At,
        started_at -> Nullable<At>,
        completed_at -> Nullable<At>,
        purpose -> Text,
        over_guards -> Nullable<Doc>,
        confirm_by -> Nullable<At>,
        confirmed_at -> Nullable<At>,
        confirmed_by_user_id -> Nullable<Key>,
        submitted_by_company_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reversal_uploads (reversal_id) {
        reversal_id -> Key,
        stored_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reversal_parts (reversal_id, part) {
        reversal_id -> Key,
        part -> Integer,
        stored_at -> At,
        bytes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reversal_lines (reversal_id, line) {
        reversal_id -> Key,
        line -> Integer,
        byte_offset -> BigInt,
        byte_length -> Integer,
        outcome -> Text,
        code -> Nullable<Text>,
        detail -> Nullable<Text>,
        operation -> Nullable<Text>,
        action_id -> Nullable<Key>,
        version -> Nullable<BigInt>,
        warnings -> Nullable<Doc>,
        adjustment_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    reversal_targets (reversal_id, action_id) {
        reversal_id -> Key,
        action_id -> Key,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    external_refs (company_id, external_ref, action_id, item_id) {
        company_id -> Key,
        external_ref -> Text,
        action_id -> Key,
        item_id -> Key,
        digest -> Binary,
        claimed_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    jobs (id) {
        id -> Key,
        kind -> Text,
        subject -> Key,
        run_at -> At,
        attempts -> Integer,
        step -> BigInt,
        worker_id -> Nullable<Key>,
        lease_until -> Nullable<At>,
        last_error -> Nullable<Text>,
        created_at -> At,
        share -> Integer,
        shares -> Integer,
        listed_at -> Nullable<At>,
        listed_until -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    event_followers (name) {
        name -> Text,
        turn -> BigInt,
        event_id -> Key,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    events (id) {
        id -> Key,
        company_id -> Key,
        other_company_id -> Nullable<Key>,
        #[sql_name = "type"]
        kind -> Text,
        object_id -> Key,
        sequence -> BigInt,
        changes -> Doc,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    audit_entries (company_id, at, id) {
        id -> Key,
        company_id -> Key,
        #[sql_name = "type"]
        kind -> Text,
        object_id -> Key,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        delegate_user_id -> Nullable<Key>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        changes -> Doc,
        at -> At,
        session_id -> Nullable<Key>,
        delegate_company_id -> Nullable<Key>,
        on_behalf_of_company_id -> Nullable<Key>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    delegated_sessions (id) {
        id -> Key,
        user_id -> Key,
        company_id -> Key,
        for_company_id -> Key,
        parent_session_id -> Key,
        level -> Text,
        reason -> Text,
        started_at -> At,
        expires_at -> At,
        ended_at -> Nullable<At>,
        ended_because -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    mails (id) {
        id -> Key,
        address -> Text,
        user_id -> Nullable<Key>,
        subject -> Text,
        text -> Text,
        html -> Text,
        unsubscribe -> Nullable<Text>,
        status -> Text,
        attempts -> Integer,
        next_at -> At,
        worker_id -> Nullable<Key>,
        lease_until -> Nullable<At>,
        last_error -> Nullable<Text>,
        created_at -> At,
        done_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    password_resets (id) {
        id -> Key,
        email -> Text,
        created_at -> At,
        answered_at -> Nullable<At>,
        user_id -> Nullable<Key>,
        hash -> Nullable<Binary>,
        expires_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    webhook_endpoints (id) {
        id -> Key,
        company_id -> Key,
        url -> Text,
        event_types -> Doc,
        description -> Text,
        enabled -> Bool,
        disabled_reason -> Nullable<Text>,
        secret -> Binary,
        previous_secret -> Nullable<Binary>,
        previous_until -> Nullable<At>,
        created_by -> Key,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    webhook_lanes (endpoint_id) {
        endpoint_id -> Key,
        due_at -> Nullable<At>,
        failing_since -> Nullable<At>,
        worker_id -> Nullable<Key>,
        lease_until -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    webhook_deliveries (id) {
        id -> Key,
        endpoint_id -> Key,
        company_id -> Key,
        event_id -> Key,
        event_type -> Text,
        object_id -> Key,
        turn -> BigInt,
        status -> Text,
        due_at -> Nullable<At>,
        tries -> Integer,
        attempts -> Integer,
        last_status -> Nullable<Integer>,
        version -> BigInt,
        created_at -> At,
        finished_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    webhook_attempts (delivery_id, number) {
        delivery_id -> Key,
        number -> Integer,
        at -> At,
        duration_ms -> BigInt,
        status -> Nullable<Integer>,
        error -> Nullable<Text>,
        request_head -> Text,
        response_head -> Nullable<Text>,
        response_body -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    notifications (id) {
        id -> Key,
        number -> BigInt,
        user_id -> Key,
        company_id -> Key,
        kind -> Text,
        what -> Text,
        event_id -> Key,
        object_id -> Key,
        other_company_id -> Nullable<Key>,
        least_role -> Text,
        in_app -> Bool,
        created_at -> At,
        read_at -> Nullable<At>,
        digest_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    notification_preferences (user_id, company_id, kind) {
        user_id -> Key,
        company_id -> Key,
        kind -> Text,
        in_app -> Bool,
        email -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    relations (company_id, other_company_id) {
        company_id -> Key,
        other_company_id -> Key,
        name -> Text,
        words -> Text,
        is_live -> Bool,
        partner_partnership_id -> Nullable<Key>,
        partner_status -> Nullable<Text>,
        client_partnership_id -> Nullable<Key>,
        client_status -> Nullable<Text>,
        account_owner_id -> Nullable<Key>,
        notes_count -> BigInt,
        last_note_at -> Nullable<At>,
        last_activity_at -> At,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    account_owners (id) {
        id -> Key,
        company_id -> Key,
        other_company_id -> Key,
        user_id -> Key,
        assigned_by -> Nullable<Key>,
        assigned_at -> At,
        cleared_by -> Nullable<Key>,
        cleared_at -> Nullable<At>,
        cleared_because -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    company_tags (company_id, other_company_id, tag) {
        company_id -> Key,
        other_company_id -> Key,
        tag -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    notes (id) {
        id -> Key,
        company_id -> Key,
        other_company_id -> Key,
        kind -> Text,
        text -> Text,
        occurred_at -> At,
        participants -> Doc,
        pinned -> Bool,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        version -> BigInt,
        created_at -> At,
        updated_at -> At,
        edited_at -> Nullable<At>,
        deleted_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    note_words (note_id, word) {
        note_id -> Key,
        word -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    blobs (id) {
        id -> Key,
        digest -> Binary,
        size_bytes -> BigInt,
        due_at -> Nullable<At>,
        let_go_at -> Nullable<At>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    attachments (id) {
        id -> Key,
        company_id -> Key,
        blob_id -> Key,
        name -> Text,
        content_type -> Text,
        size_bytes -> BigInt,
        digest -> Binary,
        user_id -> Nullable<Key>,
        api_key_id -> Nullable<Key>,
        note_id -> Nullable<Key>,
        place -> Integer,
        created_at -> At,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    company_logos (company_id) {
        company_id -> Key,
        blob_id -> Key,
        content_type -> Text,
        size_bytes -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    earlier_zones (program_id) {
        program_id -> Key,
        time_zone -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    performance_days (partner_company_id, company_id, day, program_id, event_type_id, currency) {
        company_id -> Key,
        partner_company_id -> Key,
        program_id -> Key,
        event_type_id -> Key,
        currency -> Text,
        day -> Text,
        actions -> BigInt,
        approved -> BigInt,
        reversed -> BigInt,
        locked -> BigInt,
        adjustments -> BigInt,
        tracked_minor -> BigInt,
        tracked_high -> BigInt,
        sale_minor -> BigInt,
        sale_high -> BigInt,
        payout_minor -> BigInt,
        payout_high -> BigInt,
        lost_minor -> BigInt,
        lost_high -> BigInt,
        adjusted_sale_minor -> BigInt,
        adjusted_sale_high -> BigInt,
        adjusted_payout_minor -> BigInt,
        adjusted_payout_high -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    performance_program_days (company_id, day, program_id, event_type_id, currency) {
        company_id -> Key,
        program_id -> Key,
        event_type_id -> Key,
        currency -> Text,
        day -> Text,
        actions -> BigInt,
        approved -> BigInt,
        reversed -> BigInt,
        locked -> BigInt,
        adjustments -> BigInt,
        tracked_minor -> BigInt,
        tracked_high -> BigInt,
        sale_minor -> BigInt,
        sale_high -> BigInt,
        payout_minor -> BigInt,
        payout_high -> BigInt,
        lost_minor -> BigInt,
        lost_high -> BigInt,
        adjusted_sale_minor -> BigInt,
        adjusted_sale_high -> BigInt,
        adjusted_payout_minor -> BigInt,
        adjusted_payout_high -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::kernel::column::*;

    performance_places (book) {
        book -> Text,
        turn -> BigInt,
        entry_id -> Key,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    companies,
    company_status_changes,
    company_tax,
    company_payment,
    directory_entries,
    users,
    memberships,
    invitations,
    sessions,
    refresh_tokens,
    second_factors,
    recovery_codes,
    sign_in_counts,
    registrations,
    email_changes,
    stream_tickets,
    api_keys,
    idempotency_keys,
    people,
    partnerships,
    relations,
    account_owners,
    company_tags,
    notes,
    note_words,
    blobs,
    attachments,
    company_logos,
    partnership_contacts,
    partnership_grants,
    partnership_invitations,
    earlier_zones,
    performance_days,
    performance_program_days,
    performance_places,
    partnership_managers,
    partnership_changes,
    favourite_partnerships,
    hidden_partnerships,
    partnership_history,
    programs,
    event_types,
    contracts,
    contract_terms,
    referral_codes,
    referral_code_changes,
    actions,
    action_updates,
    adjustments,
    adjustment_proposals,
    reprocessings,
    reprocessing_results,
    inquiries,
    reversals,
    reversal_uploads,
    reversal_parts,
    reversal_lines,
    reversal_targets,
    external_refs,
    jobs,
    event_followers,
    events,
    audit_entries,
    delegated_sessions,
    mails,
    password_resets,
    webhook_endpoints,
    webhook_lanes,
    webhook_deliveries,
    webhook_attempts,
    notifications,
    notification_preferences,
);
