import Transport

extension StartFailure {
  /// A listener that did not start. `portVariable` is the setting of its port.
  init(binding error: SocketError, portVariable: String) {
    self =
      switch error.reason {
      case .addressNotAvailable: .configuration("HTTP_HOST: \(error): it is no address of this machine")
      case .notPermitted:
        .configuration(
          "\(portVariable): \(error): choose a port from 1024, or permit this one to the program")
      case .addressInUse: .refused("\(portVariable): \(error): another program listens there")
      case .peerGone, .refused, .timedOut, .unreachable, .malformedAddress, .outOfResources, .other:
        .refused("\(portVariable): \(error)")
      }
  }
}

extension RunningService {
  /// Starts a listener; its error names the address and the setting.
  static func bound<Value>(
    _ portVariable: String, _ start: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await start()
    } catch let error as SocketError {
      throw StartFailure(binding: error, portVariable: portVariable)
    }
  }
}
