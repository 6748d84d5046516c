import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct ValueTests {
  @Test(arguments: TestEngine.conforming)
  func `integers are read back exactly, including the extremes`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let bigs: [Int64?] = [.min, .min + 1, -1, 0, 1, .max - 1, .max, nil]
      let smalls: [Int?] = [Int(Int32.min), -1, 0, 1, Int(Int32.max), nil, 7, -7]
      for (index, (big, small)) in zip(bigs, smalls).enumerated() {
        try await database.run(Samples.insert(\.label <- "\(index)", \.big <- big, \.small <- small))
      }
      let found = try await database.all(Samples.select(\.big, \.small).orderBy(\.id)) { ($0, $1) }
      #expect(found.map(\.0) == bigs)
      #expect(found.map(\.1) == smalls)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `texts are read back unchanged, with any content`(engine: TestEngine) async throws {
    let texts: [String?] = [
      "", " ", "'", "\"", "''", "\\", "\\x41", "%_", "$1", "?", "NULL", "a\nb\r\tc", "\u{1}\u{7f}",
      "Grüße, 世界 🛳️", "e\u{301}", "\u{feff}", "\u{10ffff}", "'); DROP TABLE samples; --", nil,
      String(repeating: "wall ", count: 200_000),
    ]
    try await Conformance.with(engine) { database in
      for (index, text) in texts.enumerated() {
        try await database.run(Samples.insert(\.label <- "\(index)", \.note <- text))
      }
      let found = try await database.all(Samples.select(\.note).orderBy(\.id)) { $0 }
      #expect(found.map { $0.map { Array($0.utf8) } } == texts.map { $0.map { Array($0.utf8) } })
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an empty text is not NULL`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await database.run(Samples.insert(\.label <- "empty", \.note <- ""))
      try await database.run(Samples.insert(\.label <- "missing"))
      let missing = try await database.count(Samples.count().where(\.note == nil))
      let empty = try await database.count(Samples.count().where(\.note == ""))
      #expect(missing == 1)
      #expect(empty == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `timestamps keep their microseconds from year 1 to year 9999`(engine: TestEngine) async throws {
    let texts = [
      "0001-01-01T00:00:00Z", "1582-10-15T12:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
      "2024-02-29T23:59:59.000001Z", "2026-11-22T13:00:00.5Z", "9999-12-31T23:59:59.999999Z",
    ]
    let moments = texts.map { Timestamp(rfc3339: $0) }
    #expect(!moments.contains(nil))
    try await Conformance.with(engine) { database in
      for (index, moment) in moments.enumerated() {
        try await database.run(Samples.insert(\.label <- "\(index)", \.moment <- moment))
      }
      let found = try await database.all(Samples.select(\.moment).orderBy(\.moment)) { $0 }
      #expect(found == moments)
      let early = try await database.count(
        Samples.count().where(\.moment < Timestamp(microsecondsSinceEpoch: 0)))
      #expect(early == 3)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `dates are read back as dates, and sort as dates`(engine: TestEngine) async throws {
    let days = ["0001-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"].map {
      CalendarDate(iso8601: $0)
    }
    try await Conformance.with(engine) { database in
      for (index, day) in days.enumerated() {
        try await database.run(Samples.insert(\.label <- "\(index)", \.day <- day))
      }
      let found = try await database.all(Samples.select(\.day).orderBy(\.day, .descending)) { $0 }
      #expect(found == days.reversed())
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `booleans, documents and fixed-length texts are read back unchanged`(engine: TestEngine) async throws {
    let document = JSONText(#"{"b": [1, 2.50, null], "a": "\u00fc"}"#)
    try await Conformance.with(engine) { database in
      try await database.run(
        Samples.insert(\.label <- "no", \.flag <- false, \.document <- document, \.code <- "ab12"))
      try await database.run(Samples.insert(\.label <- "default"))
      let found = try await database.all(Samples.select(\.flag, \.document, \.code).orderBy(\.id)) {
        ($0, $1, $2)
      }
      #expect(found.map(\.0) == [false, true])
      #expect(found.map(\.1) == [document, nil])
      #expect(found.map(\.2) == ["ab12", nil])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `fractional numbers and bytes are read back exactly`(engine: TestEngine) async throws {
    let numbers: [Double] = [
      0, -1.5, .pi, 0.1, 1e300, -.greatestFiniteMagnitude, .leastNormalMagnitude, .infinity,
    ].filter { $0.isFinite || engine.storesInfinity }
    let blobs: [[UInt8]] = [[], [0], Array(0...255), Array(repeating: 0xA5, count: 1_000_000)]
    try await Conformance.with(engine) { database in
      let (first, second) = (database.dialect.placeholder(1), database.dialect.placeholder(2))
      _ = try await database.unsafeQuery(
        unsafeSQL: "CREATE TABLE raw (number \(engine.doubleType), content \(engine.bytesType))")
      for (index, number) in numbers.enumerated() {
        _ = try await database.unsafeQuery(
          unsafeSQL: "INSERT INTO raw VALUES (\(first), \(second))",
          [.double(number), .bytes(blobs[index % blobs.count])])
      }
      for (index, number) in numbers.enumerated() {
        let rows = try await database.unsafeQuery(
          unsafeSQL: "SELECT number, content FROM raw WHERE number = \(first)", [.double(number)])
        #expect(rows.rowCount == 1)
        #expect(try rows.double(0, 0) == number)
        #expect(try rows.bytes(0, 1) == blobs[index % blobs.count])
        #expect(try rows.value(0, 0) == .double(number))
        #expect(rows.columnNames == ["number", "content"])
      }
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `reading a field as another type, or NULL, is an error that names no value`(engine: TestEngine)
    async throws
  {
    try await Conformance.with(engine) { database in
      try await database.run(Samples.insert(\.label <- "confidential"))
      let rows = try await database.unsafeQuery(unsafeSQL: "SELECT label, big FROM samples")
      #expect(rows.isNull(0, 1) && !rows.isNull(0, 0))
      for column in [0, 1] {
        let error = #expect(throws: DatabaseError.self) { try rows.integer(0, column) }
        #expect(error?.kind == .decoding)
        #expect(error?.description.contains("confidential") == false)
      }
    }
  }
}
