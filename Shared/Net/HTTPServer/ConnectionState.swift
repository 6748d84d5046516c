import HTTP

/// The state of a connection. The connection stores waiting input and unsent output separately.
enum ConnectionState {
  /// The connection is between two requests.
  case idle
  /// Part of a head or of a body has arrived.
  case receiving(RequestPart)
  /// The connection has called the responder, which has not returned yet.
  case calling(ResponseSerializer.Framing)
  /// The responder has suspended. The response arrives later.
  case awaiting(ResponseSerializer.Framing, PeerInput)
  /// A request was refused for lack of time, by the server or its responder. The connection reads nothing for a while, so
  /// that a client that repeats it at once costs no more than one that waits.
  case paused
  /// The last response is gathered. The connection ends once all of it is sent.
  case closing(ClosingMode)
  /// The connection writes nothing more. It reads and drops further input, so that the client can read the response.
  case lingering
  /// The descriptor is closed or about to close.
  case closed

  /// The part of a request that the connection waits for. Each part has its own time limit.
  enum RequestPart { case head, body }

  /// What may follow the request in progress.
  enum PeerInput {
    /// The client can send the next request.
    case open
    /// The client sends no more.
    case ended
    /// The server has dropped what followed, and reads no more.
    case dropped
  }

  /// How a connection ends after its last response.
  enum ClosingMode {
    /// The client requested the end and sends no more.
    case immediate
    /// The client may still be sending.
    case lingering
  }
}
