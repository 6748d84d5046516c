import Foundation
import Glibc
import HTTPServer
import JSON
import TestSupport
import Testing
import Transport

/// Every case over real sockets: whole, byte by byte, and in two pieces at every place. `make compliance` prints the table.
@Suite("Compliance") struct ComplianceTests {
  private static let clientsAtOnce = 64
  private static let pauseMicroseconds: UInt32 = 2_000

  @Test(arguments: ComplianceCase.all)
  func `a case gets the responses that its clause requires, however its bytes are split`(
    example: ComplianceCase
  ) async throws {
    let faults = try await withServer(loops: 1, responder: ComplianceResponder()) { address, _ in
      try await blocking { try Self.faults(of: example, at: address) }
    }
    #expect(faults.isEmpty)
    ComplianceTable.record(example, passed: faults.isEmpty)
  }

  @Test func `a response that differs from the expected one is a fault at every split`() async throws {
    let wrong = ComplianceCase(
      "none", "a wrong one", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
      .init(status: 200, fields: ["date": nil], body: "/b|"))
    let faults = try await withServer(loops: 1, responder: ComplianceResponder()) { address, _ in
      try await blocking { try Self.faults(of: wrong, at: address) }
    }
    #expect(faults.count == 2 * (wrong.splits.count + 2))
  }

  /// What differs from the expected responses, with the split.
  private static func faults(of example: ComplianceCase, at address: SocketAddress) throws -> [String] {
    let bytes = example.bytes
    var faults = try conversation(example, [[bytes[...]], bytes.indices.map { bytes[$0...$0] }], address)
    var rest = example.splits[...]
    while !rest.isEmpty {
      let feeds = rest.prefix(clientsAtOnce).map { [bytes[..<$0], bytes[$0...]] }
      faults += try conversation(example, feeds, address)
      rest = rest.dropFirst(clientsAtOnce)
    }
    return faults
  }

  /// Feeds each list of pieces to a connection of its own. All first pieces precede a pause, so that the server reads them
  /// before the others.
  private static func conversation(
    _ example: ComplianceCase, _ feeds: [[ArraySlice<UInt8>]], _ address: SocketAddress
  ) throws -> [String] {
    let clients = try feeds.map { _ in try TestClient(address) }
    for (client, feed) in zip(clients, feeds) { try client.send(feed[0]) }
    usleep(pauseMicroseconds)
    for (client, feed) in zip(clients, feeds) {
      for piece in feed.dropFirst() {
        // A server that has announced the end of the connection may refuse what follows.
        do { try client.send(piece) } catch let error as SocketError where error.reason == .peerGone { break }
      }
      client.finishWriting()
    }
    return try zip(clients, feeds).flatMap { client, feed in
      try faults(of: example, read: client).map { "\($0), first piece: \(feed[0].count) bytes" }
    }
  }

  private static func faults(of example: ComplianceCase, read client: TestClient) throws -> [String] {
    var faults: [String] = []
    for expected in example.answers {
      var response = try client.readResponse(toHead: expected.isHead)
      while response.status == 100 { response = try client.readResponse(toHead: expected.isHead) }
      faults += differences(response, expected)
    }
    if !client.isAtEnd() { faults.append("the connection does not end") }
    return faults
  }

  private static func differences(
    _ response: ReceivedResponse, _ expected: ComplianceCase.Answer
  ) -> [String] {
    var faults: [String] = []
    if response.status != expected.status { faults.append("status \(response.status)") }
    for (name, value) in expected.fields where response[name] != value {
      faults.append("\(name): \(response[name] ?? "absent")")
    }
    if let body = expected.body, response.body != body { faults.append("body \(response.body)") }
    if response["content-type"] == "application/problem+json", !isProblem(response) {
      faults.append("no problem: \(response.body)")
    }
    if expected.isHead, !response.body.isEmpty { faults.append("a body") }
    return faults
  }

  /// RFC 9457, section 3.1: the members have their types, and `status` is the response's.
  private static func isProblem(_ response: ReceivedResponse) -> Bool {
    guard let document = try? JSONCoding.decode(JSONValue.self, from: Array(response.body.utf8)) else {
      return false
    }
    return document["type"]?.string != nil && document["title"]?.string != nil
      && document["status"]?.integer == Int64(response.status)
  }
}

/// The rows that `make compliance` prints.
private enum ComplianceTable {
  /// Appends a row to the file that the environment names.
  static func record(_ example: ComplianceCase, passed: Bool) {
    guard let path = ProcessInfo.processInfo.environment["COMPLIANCE_TABLE"] else { return }
    let answers = example.answers.map { String($0.status) }.joined(separator: " ")
    let row = "\(example.clause)\t\(passed ? "met" : "MISSED")\t\(answers)\t\(example.name)\n"
    guard let file = fopen(path, "a") else { return }
    fputs(row, file)
    fclose(file)
  }
}
