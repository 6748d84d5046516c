extension Timestamp {
  private static let first: Int64 = -62_135_596_800_000_000
  private static let last: Int64 = 253_402_300_799_999_999

  /// Whether the timestamp has a year of four digits, as every engine stores it; `infinity` has none.
  package var isRepresentable: Bool { (Self.first...Self.last).contains(microsecondsSinceEpoch) }
}

extension CalendarDate {
  private static let first: Int32 = -719_162
  private static let last: Int32 = 2_932_896

  /// Whether the date has a year of four digits; `infinity` has none.
  package var isRepresentable: Bool { (Self.first...Self.last).contains(daysSinceEpoch) }
}
