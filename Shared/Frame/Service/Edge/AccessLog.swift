import Clock
import EventLoop
import HTTP
import Routing
import Runtime
import Schema

/// Writes one log line for each request, and all lines of a loop's batch in one write.
final class AccessLog: RequestObserver {
  private let state: LoopBound<State>

  init(service: String, account: String, format: LogFormat, sink: LogSink, loop: EventLoop) {
    state = LoopBound(
      State(
        format: AccessLogFormat(service: service, account: account, format: format),
        lines: LineBatch(sink: sink, loop: loop)),
      to: loop)
  }

  func completed(_ exchange: borrowing Exchange) {
    state.value.add(
      AccessEntry(
        method: exchange.method.rawValue, route: exchange.route.template, status: exchange.status,
        durationNanoseconds: exchange.durationNanoseconds, waitNanoseconds: exchange.waitNanoseconds,
        responseBytes: exchange.responseBytes,
        requestID: exchange.requestID, clientRequestID: exchange.clientID,
        path: exchange.path, client: exchange.client ?? "-", principal: exchange.principal,
        requestBytes: exchange.requestBytes, traceID: exchange.traceID))
  }

  private final class State {
    // Unchecked at run time, because each request passes here: a line is appended whole, and calls nothing that could come back.
    @exclusivity(unchecked) private var format: AccessLogFormat
    private let lines: LineBatch

    init(format: AccessLogFormat, lines: LineBatch) {
      self.format = format
      self.lines = lines
    }

    func add(_ entry: borrowing AccessEntry) {
      lines.add { format.append(entry, at: .currentSecond(), to: &$0) }
    }
  }
}
