import Clock
import Foundation
import JSON

/// Times this repository's JSON against Foundation's on one document, for `Benchmarks/documents.py`: `json-bench KIND FILE`.
///
/// It prints `NAME NANOSECONDS` lines, the least of several runs: other work on the machine only adds time.
@main
enum JSONFigures {
  private static let runs = 15

  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 3, let data = FileManager.default.contents(atPath: words[2]) else {
      throw Wrong.usage
    }
    switch words[1] {
    case "people": try measure([Person].self, data)
    case "tracks": try measure(Tracks.self, data)
    case "catalog": try measure(Catalog.self, data)
    default: throw Wrong.usage
    }
  }

  private enum Wrong: Error { case usage }

  private static func measure<Value: Codable & Equatable>(_ type: Value.Type, _ data: Data) throws {
    let bytes = [UInt8](data)
    let value = try JSONCoding.decode(type, from: bytes)
    guard try JSONDecoder().decode(type, from: data) == value else { throw Wrong.usage }
    let (decoder, encoder) = (JSONDecoder(), JSONEncoder())
    try report("decode") { try JSONCoding.decode(type, from: bytes) }
    try report("foundation_decode") { try decoder.decode(type, from: data) }
    try report("parse") { try JSONCoding.decode(JSONValue.self, from: bytes) }
    try report("encode") { try JSONCoding.encode(value) }
    try report("foundation_encode") { try encoder.encode(value) }
  }

  private static func report<Result>(_ name: String, _ body: () throws -> Result) throws {
    var least = UInt64.max
    for _ in 0..<runs {
      let begin = MonotonicClock.nanoseconds()
      withExtendedLifetime(try body()) {}
      least = min(least, MonotonicClock.nanoseconds() - begin)
    }
    print(name, least)
  }
}

/// Records of short texts, numbers and lists, as an API returns them.
struct Person: Codable, Equatable {
  let id: Int64
  let name: String
  let email: String
  let bio: String?
  let active: Bool
  let score: Double
  let tags: [String]
  let address: Address

  struct Address: Codable, Equatable {
    let street: String
    let city: String
    let position: [Double]
  }
}

/// Nearly all numbers with fractions, as maps have them.
struct Tracks: Codable, Equatable {
  let type: String
  let lines: [[[Double]]]
}

/// Whole numbers and keys that are data.
struct Catalog: Codable, Equatable {
  let names: [String: String]
  let events: [String: Event]

  struct Event: Codable, Equatable {
    let id: Int
    let start: Int64
    let prices: [Price]
    let subtitle: String?
  }

  struct Price: Codable, Equatable {
    let amount: Int
    let audience: Int
    let seat: Int
  }
}
