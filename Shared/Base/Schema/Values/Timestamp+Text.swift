extension Timestamp {
  /// Reads RFC 3339 (section 5.6): `2026-11-22T13:00:00Z`, `2026-11-22 14:00:00.25+01:00`.
  ///
  /// Nil for any other form, for a time that does not exist, and without a zone. Digits beyond microseconds are
  /// dropped. A leap second counts as the second after it.
  package init?(rfc3339 text: some StringProtocol) {
    guard let moment = text.withDigits({ Self.read($0, zone: .required) }) else { return nil }
    self = moment
  }

  /// Reads the form that engines write: RFC 3339, optionally with a zone of hours only (`+00`), or without a zone,
  /// which means UTC.
  package init?(sqlText text: some StringProtocol) {
    guard let moment = text.withDigits({ Self.read($0, zone: .optional) }) else { return nil }
    self = moment
  }

  /// Reads the same form from the bytes of a result.
  package init?(sqlText bytes: UnsafeBufferPointer<UInt8>) {
    guard let moment = Self.read(DigitReader(bytes), zone: .optional) else { return nil }
    self = moment
  }

  /// RFC 3339 in UTC: `2026-11-22T13:00:00Z`, with six decimals unless the fraction is zero.
  package var rfc3339: String {
    DigitWriter.text(capacity: 27) { writer in
      let fraction = write(to: &writer, separator: "T")
      if fraction != 0 { Self.write(fraction: fraction, to: &writer) }
      writer.put("Z")
    }
  }

  /// `2026-11-22 13:00:00.123456`, in UTC and with a fixed width.
  ///
  /// An engine without a time type stores this form. Its texts sort in time order, and the engine's own functions and
  /// other clients can read it.
  package var sqlText: String {
    DigitWriter.text(capacity: 26) { writer in
      Self.write(fraction: write(to: &writer, separator: " "), to: &writer)
    }
  }

  /// Writes the date and the time of day, and returns the remaining microseconds.
  private func write(to writer: inout DigitWriter, separator: Unicode.Scalar) -> Int {
    let (days, microseconds) = microsecondsSinceEpoch.flooredDivision(by: Self.microsecondsPerDay)
    let (seconds, fraction) = microseconds.flooredDivision(by: Self.microsecondsPerSecond)
    writer.put(CivilDay(daysSinceEpoch: Int(days)))
    writer.put(separator)
    writer.put(Int(seconds) / 3_600, digits: 2)
    writer.put(":")
    writer.put(Int(seconds) / 60 % 60, digits: 2)
    writer.put(":")
    writer.put(Int(seconds) % 60, digits: 2)
    return Int(fraction)
  }

  private static func write(fraction: Int, to writer: inout DigitWriter) {
    writer.put(".")
    writer.put(fraction, digits: 6)
  }
}

extension Timestamp {
  private enum Zone {
    case required
    case optional
  }

  private static func read(_ source: DigitReader, zone: Zone) -> Timestamp? {
    var reader = source
    guard let day = reader.day(),
      reader.take(UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")),
      let seconds = timeOfDay(&reader)
    else { return nil }
    var fraction = 0
    if reader.take(UInt8(ascii: ".")) {
      guard let millionths = reader.millionths() else { return nil }
      fraction = millionths
    }
    guard let offset = offsetSeconds(&reader, zone: zone), reader.isAtEnd else { return nil }
    let total = Int64(day.daysSinceEpoch) * 86_400 + Int64(seconds - offset)
    return Timestamp(microsecondsSinceEpoch: total * microsecondsPerSecond + Int64(fraction))
  }

  private static func timeOfDay(_ reader: inout DigitReader) -> Int? {
    guard let hour = reader.number(ofDigits: 2), hour < 24, reader.take(UInt8(ascii: ":")),
      let minute = reader.number(ofDigits: 2), minute < 60, reader.take(UInt8(ascii: ":")),
      let second = reader.number(ofDigits: 2), second <= 60
    else { return nil }
    return hour * 3_600 + minute * 60 + second
  }

  private static func offsetSeconds(_ reader: inout DigitReader, zone: Zone) -> Int? {
    if reader.take(UInt8(ascii: "Z"), UInt8(ascii: "z")) { return 0 }
    if zone == .optional, reader.isAtEnd { return 0 }
    let isEast = reader.next == UInt8(ascii: "+")
    guard reader.take(UInt8(ascii: "+"), UInt8(ascii: "-")), let hours = reader.number(ofDigits: 2),
      hours < 24
    else { return nil }
    var minutes = 0
    if !(zone == .optional && reader.isAtEnd) {
      guard reader.take(UInt8(ascii: ":")), let read = reader.number(ofDigits: 2), read < 60 else {
        return nil
      }
      minutes = read
    }
    let seconds = hours * 3_600 + minutes * 60
    return isEast ? seconds : -seconds
  }
}

/// JSON represents a timestamp as its RFC 3339 text in UTC.
extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let moment = Timestamp(rfc3339: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
    }
    self = moment
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339)
  }
}
