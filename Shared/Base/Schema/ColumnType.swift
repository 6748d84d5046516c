/// What a column stores, in terms that every engine can give; each dialect has its own name for it.
package enum ColumnType: Sendable, Hashable {
  /// A whole number of 64 bits.
  case bigint
  /// A whole number of 32 bits.
  case integer
  case boolean
  /// Text of at most so many characters.
  case varchar(Int)
  /// Text of exactly so many characters.
  case char(Int)
  /// Text without a limit of its own.
  case text
  /// A JSON document, kept as text.
  case json
  /// A moment in UTC, to the microsecond.
  case timestamp
  /// A day without a time.
  case date
}
