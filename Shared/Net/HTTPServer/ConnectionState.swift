import HTTP

/// What a connection is doing. Bytes waiting to be parsed or to be sent lie beside it.
enum ConnectionState {
  /// Between two requests.
  case idle
  /// Part of a head or of a body has come.
  case receiving(RequestPart)
  /// A request has just been given to the responder, which has not returned yet.
  case calling(ResponseSerializer.Framing)
  /// The responder has suspended; the answer comes later.
  case awaiting(ResponseSerializer.Framing, PeerInput)
  /// The last answer is written; the connection ends when the client has taken all of it.
  case closing(Farewell)
  /// Nothing more is written; what the client still sends is read and dropped, so that it can read its answer.
  case lingering
  /// The descriptor is given back.
  case closed

  /// Which part of a request is awaited; each has its own time limit.
  enum RequestPart { case head, body }

  /// Whether the client can still send.
  enum PeerInput { case open, ended }

  /// How a connection ends after its last answer.
  enum Farewell {
    /// The client asked for the end, and sends no more.
    case atOnce
    /// The client may be sending still.
    case lingering
  }
}
