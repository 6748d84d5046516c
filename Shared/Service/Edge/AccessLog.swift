import EventLoop
import HTTP
import Routing
import Runtime
import Schema

/// One log line for each request, all lines of a loop's batch in one write.
struct AccessLog: RequestObserver {
  private let state: LoopBound<State>

  init(service: String, format: LogFormat, sink: LogSink, loop: EventLoop) {
    state = LoopBound(
      State(
        format: AccessLogFormat(service: service, format: format), lines: LineBatch(sink: sink, loop: loop)),
      to: loop)
  }

  func completed(
    method: Method, template: String, status: Int, durationNanoseconds: UInt64, requestID: String,
    responseBytes: Int
  ) {
    state.value.add(
      AccessEntry(
        method: method.rawValue, route: template, status: status, durationNanoseconds: durationNanoseconds,
        responseBytes: responseBytes, requestID: requestID))
  }

  private final class State {
    private var format: AccessLogFormat
    private let lines: LineBatch

    init(format: AccessLogFormat, lines: LineBatch) {
      self.format = format
      self.lines = lines
    }

    func add(_ entry: AccessEntry) {
      lines.add { format.append(entry, at: .now(), to: &$0) }
    }
  }
}
