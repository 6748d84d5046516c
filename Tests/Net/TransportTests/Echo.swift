import EventLoop
import Synchronization
import Transport

/// Sends back what it receives, on a loop, through a stream of either kind.
final class Echo: ReadinessHandler {
  private let stream: SocketStream
  private let loop: EventLoop
  private var unsent: [UInt8] = []

  init(_ stream: SocketStream, on loop: EventLoop) throws(LoopError) {
    self.stream = stream
    self.loop = loop
    try loop.register(stream.socket.descriptor, for: .readable, handler: self)
  }

  func ready(_ readiness: Readiness) {
    do throws(StreamError) {
      // One read for each event: readiness must be enough to continue.
      switch try stream.read(into: loop.scratch) {
      case .bytes(let count): unsent += loop.scratch[..<count]
      case .wouldBlock: break
      case .ended: return end()
      }
      let progress = try stream.write(unsent)
      unsent.removeFirst(progress.bytes)
      loop.update(
        stream.socket.descriptor, for: progress.state == .blocked ? [.readable, .writable] : .readable)
    } catch {
      end()
    }
  }

  private func end() {
    let stream = stream
    stream.finish()
    loop.deregister(stream.socket.descriptor) { stream.socket.close() }
  }
}
