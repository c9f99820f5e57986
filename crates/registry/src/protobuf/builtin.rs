//! The files that every registry has: Google's and Confluent's types, by name. Their fields are not needed to check a name.

use super::{Enum, Message, ProtoFile, Type};

/// File, package, messages, enums.
type Known = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const FILES: &[Known] = &[
    ("google/protobuf/any.proto", "google.protobuf", &["Any"], &[]),
    ("google/protobuf/api.proto", "google.protobuf", &["Api", "Method", "Mixin"], &[]),
    (
        "google/protobuf/descriptor.proto",
        "google.protobuf",
        &[
            "FileDescriptorSet",
            "FileDescriptorProto",
            "DescriptorProto",
            "ExtensionRangeOptions",
            "FieldDescriptorProto",
            "OneofDescriptorProto",
            "EnumDescriptorProto",
            "EnumValueDescriptorProto",
            "ServiceDescriptorProto",
            "MethodDescriptorProto",
            "FileOptions",
            "MessageOptions",
            "FieldOptions",
            "OneofOptions",
            "EnumOptions",
            "EnumValueOptions",
            "ServiceOptions",
            "MethodOptions",
            "UninterpretedOption",
            "FeatureSet",
            "SourceCodeInfo",
            "GeneratedCodeInfo",
        ],
        &["Edition"],
    ),
    ("google/protobuf/duration.proto", "google.protobuf", &["Duration"], &[]),
    ("google/protobuf/empty.proto", "google.protobuf", &["Empty"], &[]),
    ("google/protobuf/field_mask.proto", "google.protobuf", &["FieldMask"], &[]),
    ("google/protobuf/source_context.proto", "google.protobuf", &["SourceContext"], &[]),
    ("google/protobuf/struct.proto", "google.protobuf", &["Struct", "Value", "ListValue"], &["NullValue"]),
    ("google/protobuf/timestamp.proto", "google.protobuf", &["Timestamp"], &[]),
    ("google/protobuf/type.proto", "google.protobuf", &["Type", "Field", "Enum", "EnumValue", "Option"], &["Syntax"]),
    (
        "google/protobuf/wrappers.proto",
        "google.protobuf",
        &[
            "DoubleValue",
            "FloatValue",
            "Int64Value",
            "UInt64Value",
            "Int32Value",
            "UInt32Value",
            "BoolValue",
            "StringValue",
            "BytesValue",
        ],
        &[],
    ),
    ("google/type/calendar_period.proto", "google.type", &[], &["CalendarPeriod"]),
    ("google/type/color.proto", "google.type", &["Color"], &[]),
    ("google/type/date.proto", "google.type", &["Date"], &[]),
    ("google/type/datetime.proto", "google.type", &["DateTime", "TimeZone"], &[]),
    ("google/type/dayofweek.proto", "google.type", &[], &["DayOfWeek"]),
    ("google/type/decimal.proto", "google.type", &["Decimal"], &[]),
    ("google/type/expr.proto", "google.type", &["Expr"], &[]),
    ("google/type/fraction.proto", "google.type", &["Fraction"], &[]),
    ("google/type/interval.proto", "google.type", &["Interval"], &[]),
    ("google/type/latlng.proto", "google.type", &["LatLng"], &[]),
    ("google/type/localized_text.proto", "google.type", &["LocalizedText"], &[]),
    ("google/type/money.proto", "google.type", &["Money"], &[]),
    ("google/type/month.proto", "google.type", &[], &["Month"]),
    ("google/type/phone_number.proto", "google.type", &["PhoneNumber"], &[]),
    ("google/type/postal_address.proto", "google.type", &["PostalAddress"], &[]),
    ("google/type/quaternion.proto", "google.type", &["Quaternion"], &[]),
    ("google/type/timeofday.proto", "google.type", &["TimeOfDay"], &[]),
    ("confluent/meta.proto", "confluent", &["Meta"], &[]),
    ("confluent/type/decimal.proto", "confluent.type", &["Decimal"], &[]),
    ("confluent/types/decimal.proto", "confluent.type", &["Decimal"], &[]),
];

/// The file behind an import, if it is built in.
pub(super) fn file(import: &str) -> Option<ProtoFile> {
    let (_, package, messages, enums) = FILES.iter().find(|(name, ..)| *name == import)?;
    let messages = messages.iter().map(|name| Message { name: (*name).to_owned(), ..Message::default() });
    let enums = enums.iter().map(|name| Enum { name: (*name).to_owned(), ..Enum::default() });
    let types = messages.map(Type::Message).chain(enums.map(Type::Enum)).collect();
    Some(ProtoFile { package: Some((*package).to_owned()), types, ..ProtoFile::default() })
}
