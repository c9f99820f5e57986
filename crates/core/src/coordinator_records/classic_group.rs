//! A classic group as a record.

use bytes::Bytes;
use kafka_trial_wire::messages::GroupMetadataValue;
use kafka_trial_wire::messages::group_metadata_value::MemberMetadata;

use super::record::value_bytes;
use crate::ClassicGroup;

const VERSION: i16 = 3;

/// The value of a group: its members, each with its subscription and its assignment.
pub(super) fn metadata(group: &ClassicGroup) -> Option<Bytes> {
    let protocol = group.protocol.as_deref();
    let members = group.members.values().map(|member| MemberMetadata {
        member_id: member.id.as_str().into(),
        group_instance_id: member.instance_id.as_deref().map(Into::into),
        client_id: member.client_id.as_str().into(),
        client_host: member.client_host.as_str().into(),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: protocol.map(|protocol| member.metadata(protocol)).unwrap_or_default(),
        assignment: member.assignment.clone(),
        ..MemberMetadata::default()
    });
    let value = GroupMetadataValue {
        protocol_type: group.protocol_type.as_deref().unwrap_or_default().into(),
        generation: group.generation,
        protocol: protocol.map(Into::into),
        leader: group.leader.as_deref().map(Into::into),
        current_state_timestamp: group.state_since.millis(),
        members: members.collect(),
        ..GroupMetadataValue::default()
    };
    value_bytes(&value, VERSION)
}
