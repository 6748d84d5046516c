import Foundation
import Logging
import Schema
import Synchronization
import TestSupport
import Testing

@testable import Runtime

/// Records the output of a sink, one element for each write.
final class WrittenPieces: Sendable {
  private let pieces = Mutex<[String]>([])

  var sink: LogSink {
    LogSink { bytes in self.pieces.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
  }

  var all: [String] { pieces.withLock { $0 } }
}

@Suite struct LogTests {
  private let written = WrittenPieces()
  private let moment = Timestamp(secondsSinceEpoch: 1_795_352_400)

  private func logger(_ settings: LogSettings) -> Logger {
    Logger(label: "test") { [written, moment] _ in
      LineLogHandler(service: "backend-api", settings: settings, sink: written.sink) { moment }
    }
  }

  @Test func `a JSON line is one object with time, level, service, message and metadata`() throws {
    logger(LogSettings(format: .json)).info("went \"well\"\n", metadata: ["b": "2", "a": "é\u{1}"])
    let line = try #require(written.all.first)
    #expect(line.hasSuffix("}\n"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["ts"] as? String == moment.rfc3339)
    #expect(object["level"] as? String == "info")
    #expect(object["service"] as? String == "backend-api")
    #expect(object["message"] as? String == "went \"well\"\n")
    #expect(object["metadata"] as? [String: String] == ["a": "é\u{1}", "b": "2"])
  }

  @Test func `a text line shows control characters as escapes`() {
    logger(LogSettings(format: .text)).warning("a\nb\u{1B}[31m", metadata: ["path": "x y", "id": "1"])
    #expect(written.all == ["\(moment.rfc3339) warning backend-api: a\\x0ab\\x1b[31m id=1 path=\"x y\"\n"])
  }

  @Test func `colour appears only where it is enabled`() {
    logger(LogSettings(format: .text, inColour: true)).error("a")
    logger(LogSettings(format: .text, inColour: false)).error("a")
    #expect(written.all[0].contains("\u{1B}[31m"))
    #expect(!written.all[1].contains("\u{1B}"))
  }

  @Test func `every line is one write, and lines below the level are dropped`() {
    var logger = logger(LogSettings(level: .notice, format: .text))
    logger.info("too low")
    logger.notice("one")
    logger[metadataKey: "k"] = "v"
    logger.error("two")
    #expect(written.all.count == 2)
    #expect(written.all[1].hasSuffix("two k=v\n"))
  }

  @Test func `a sink writes to its descriptor and ignores a closed one`() throws {
    let pipe = Pipe()
    LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor).write(Array("line\n".utf8))
    #expect(pipe.fileHandleForReading.availableData == Data("line\n".utf8))
    LogSink(descriptor: -1).write(Array("line\n".utf8))
  }

  @Test(arguments: LogFormat.allCases)
  func `lost lines are reported in the format of the others, and counted`(format: LogFormat) throws {
    let pipe = Pipe()
    let sink = LogSink(
      descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 0, isDirect: false)
    let logger = Logger.program("s", settings: LogSettings(format: format), sink: sink)
    logger.info("a")
    logger.info("b")
    #expect(sink.flush(withinMilliseconds: Patience.milliseconds))
    #expect(sink.lostLines == 2)
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    #expect(text.contains("warning") && text.contains("log lines were lost") && text.hasSuffix("\n"))
    if format == .json {
      _ = try JSONSerialization.jsonObject(with: Data(text.split(separator: "\n")[0].utf8))
    }
    let metrics = MetricRegistry()
    metrics.collect { [.lostLogLines(sink.lostLines)] }
    #expect(String(decoding: metrics.exposition(), as: UTF8.self).contains("log_lines_lost_total 2"))
  }

  @Test(arguments: LogFormat.allCases)
  func `an access line has the request's values in the format of other lines`(format: LogFormat) throws {
    var access = AccessLogFormat(service: "backend-api", account: "backend-api-rw", format: format)
    let entry = AccessEntry(
      method: "GET", route: "/v1/users/{id}", status: 200, durationNanoseconds: 1_234_567,
      waitNanoseconds: 34_567,
      responseBytes: 0, requestID: "abc", clientRequestID: "mine", path: "/v1/users/7", client: "192.0.2.1",
      principal: 5,
      requestBytes: 9,
      traceID: "0af7651916cd43dd8448eb211c80319c")
    var bytes: [UInt8] = []
    access.append(entry, at: moment, to: &bytes)
    access.append(entry, at: moment.adding(seconds: 1), to: &bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains(moment.rfc3339) && lines[1].contains(moment.adding(seconds: 1).rfc3339))
    switch format {
    case .text:
      #expect(
        lines[0].hasSuffix(
          " info    backend-api: GET /v1/users/{id} 200 1234 us (waiting 34) 0 bytes request_id=abc "
            + "client_request_id=mine path=/v1/users/7 client=192.0.2.1 bytes_in=9 account=backend-api-rw principal=5 "
            + "trace_id=0af7651916cd43dd8448eb211c80319c"))
    case .json:
      let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
      let metadata = try #require(object["metadata"] as? [String: Any])
      #expect(object["message"] as? String == "request")
      #expect(metadata["status"] as? Int == 200)
      #expect(metadata["duration_us"] as? Int == 1234)
      #expect(metadata["waiting_us"] as? Int == 34)
      #expect(metadata["route"] as? String == "/v1/users/{id}")
      #expect(metadata["request_id"] as? String == "abc")
      #expect(metadata["client_request_id"] as? String == "mine")
      #expect(metadata["path"] as? String == "/v1/users/7")
      #expect(metadata["client"] as? String == "192.0.2.1")
      #expect(metadata["account"] as? String == "backend-api-rw")
      #expect(metadata["principal"] as? Int == 5 && metadata["bytes_in"] as? Int == 9)
      #expect(metadata["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
    }
  }

  @Test(arguments: LogFormat.allCases)
  func `a long method and a long path are cut, and control characters are escaped`(format: LogFormat) throws {
    var access = AccessLogFormat(service: "s", account: "a", format: format)
    let entry = AccessEntry(
      method: String(repeating: "M", count: 5_000), route: "unmatched", status: 404, durationNanoseconds: 0,
      responseBytes: 0, requestID: "r", path: "/\n\u{1B}[2J" + String(repeating: "p", count: 8_000),
      client: "-")
    var bytes: [UInt8] = []
    access.append(entry, at: moment, to: &bytes)
    #expect(bytes.count < 700)
    #expect(bytes.filter { $0 < 0x20 } == [10])
  }

  @Test(arguments: LogFormat.allCases)
  func `a line fits when each of its bytes is an escape and each number is the largest`(format: LogFormat) {
    let text = String(repeating: "\u{7F}", count: 2_000)
    var access = AccessLogFormat(service: text, account: text, format: format)
    let entry = AccessEntry(
      method: text, route: text, status: .max, durationNanoseconds: .max, waitNanoseconds: .max,
      responseBytes: .max, requestID: text, clientRequestID: text, path: text, client: text,
      principal: .max, requestBytes: .max, traceID: text)
    var bytes: [UInt8] = []
    access.append(entry, at: moment, to: &bytes)
    #expect(bytes.count > 6 * 4 * 2_000)
    #expect(!bytes.contains(0x7F) && bytes.filter { $0 < 0x20 } == [10])
  }

  @Test func `a batch writes its lines at once at its end`() {
    var atEnd: [() -> Void] = []
    let batch = LineBatch(sink: written.sink) { atEnd.append($0) }
    batch.add { $0.append(contentsOf: "one\n".utf8) }
    batch.add { $0.append(contentsOf: "two\n".utf8) }
    #expect(written.all == [])
    #expect(atEnd.count == 1)
    atEnd[0]()
    #expect(written.all == ["one\ntwo\n"])
    batch.add { $0.append(contentsOf: "three\n".utf8) }
    #expect(atEnd.count == 2)
  }

  @Test func `a batch that reaches its limit is written before its end`() {
    let batch = LineBatch(sink: written.sink) { _ in }
    batch.add { $0.append(contentsOf: [UInt8](repeating: 10, count: LineBatch.maximumBytes)) }
    #expect(written.all.count == 1)
  }
}
