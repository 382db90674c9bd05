/// Where the one line a request goes. Called on network event loops: an implementation buffers and does not block.
package protocol AccessLog: Sendable {
    func record(_ entry: AccessEntry)
}

/// What the log says of a request.
package struct AccessEntry: Sendable {
    package var method: String
    /// The route's name, not the path: `manifest`, `blob`, `upload`, … or `unknown`.
    package var route: String
    package var repository: String?
    /// Who asked; nil: somebody who did not say, or not convincingly.
    package var user: String?
    package var status: Int
    /// Body bytes received and sent.
    package var received: Int64
    package var sent: Int64
    package var duration: Duration
    package var requestID: String
    /// The client's address, the one a trusted proxy told if there is one.
    package var client: String
    /// What went wrong, for answers of 500 and above and for connections that broke; nil otherwise.
    package var failure: String?

    package init(
        method: String,
        route: String,
        repository: String?,
        user: String? = nil,
        status: Int,
        received: Int64,
        sent: Int64,
        duration: Duration,
        requestID: String,
        client: String,
        failure: String?
    ) {
        self.method = method
        self.route = route
        self.repository = repository
        self.user = user
        self.status = status
        self.received = received
        self.sent = sent
        self.duration = duration
        self.requestID = requestID
        self.client = client
        self.failure = failure
    }
}
