import TestSupport
import Testing

@testable import Cache
@testable import MemoryCache

@Suite("Expiry and eviction of entries")
struct ExpiringEntriesTests {
  private func entry(_ key: String, _ value: String = "v", expires: Int64? = nil) -> ExpiringEntries.Entry {
    ExpiringEntries.Entry(key: Array(key.utf8), value: Array(value.utf8), expiresAtMilliseconds: expires)
  }

  private func value(_ key: String, in entries: inout ExpiringEntries, now: Int64 = 0) -> String? {
    entries.find(Array(key.utf8), now: now).map { String(decoding: $0.value, as: UTF8.self) }
  }

  private func isStored(_ entry: ExpiringEntries.Entry, in entries: inout ExpiringEntries) -> Bool {
    entries.store(entry)
  }

  @Test func `the least recently used entry is evicted first`() {
    var entries = ExpiringEntries(limits: MemoryLimits(entries: 3, bytes: 1000))
    for key in ["a", "b", "c"] { #expect(isStored(entry(key), in: &entries)) }
    #expect(value("a", in: &entries) == "v")
    #expect(isStored(entry("d"), in: &entries))
    #expect(value("b", in: &entries) == nil)
    for key in ["a", "c", "d"] { #expect(value(key, in: &entries) == "v") }
  }

  @Test func `bytes are bounded like entries, and a value beyond the limit is rejected`() {
    var entries = ExpiringEntries(limits: MemoryLimits(entries: 100, bytes: 10))
    #expect(isStored(entry("a", "1234"), in: &entries))
    #expect(isStored(entry("b", "1234"), in: &entries))
    #expect(entries.byteCount == 10)
    #expect(isStored(entry("c", "12345678"), in: &entries))
    #expect(entries.count == 1)
    #expect(entries.byteCount == 9)
    #expect(!isStored(entry("d", "1234567890"), in: &entries))
    #expect(entries.byteCount <= 10)
  }

  @Test func `an entry expires at its millisecond and releases its space`() {
    var entries = ExpiringEntries(limits: MemoryLimits(entries: 3, bytes: 1000))
    #expect(isStored(entry("a", expires: 100), in: &entries))
    #expect(value("a", in: &entries, now: 99) == "v")
    #expect(value("a", in: &entries, now: 100) == nil)
    #expect(entries.count == 0)
    #expect(entries.byteCount == 0)
  }

  @Test func `the entries match a simple model after any sequence of events`() {
    var random = SplitMix64(seed: 11)
    let limits = MemoryLimits(entries: 8, bytes: 60)
    var entries = ExpiringEntries(limits: limits)
    var model: [(key: String, value: String)] = []  // the most recent last
    for _ in 0..<20_000 {
      let key = "k\(Int.random(in: 0..<16, using: &random))"
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        let new = String(repeating: "x", count: Int.random(in: 0...12, using: &random))
        #expect(isStored(entry(key, new), in: &entries))
        model.removeAll { $0.key == key }
        model.append((key, new))
        while model.count > limits.entries || bytes(model) > limits.bytes { model.removeFirst() }
      case 1:
        entries.remove(Array(key.utf8))
        model.removeAll { $0.key == key }
      default:
        let known = model.firstIndex { $0.key == key }
        #expect(value(key, in: &entries) == known.map { model[$0].value })
        if let known { model.append(model.remove(at: known)) }
      }
      #expect(entries.count == model.count)
      #expect(entries.byteCount == bytes(model))
    }
  }

  private func bytes(_ model: [(key: String, value: String)]) -> Int {
    model.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
  }
}
