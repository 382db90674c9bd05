/// A session that was begun and not ended.
struct ModelUpload {
    var repository: String
    var blob: String
    var location: String
    /// Bytes that the registry said it has. It never has fewer again, whatever happens to it.
    var acknowledged = 0
    /// Bytes that were sent. It has no more.
    var sent = 0
    /// A request that ends it was not answered, so it may be over.
    var isClosing = false

    func mayHave(_ offset: Int) -> Bool {
        // A server that died when its bytes were an object already, and no blob yet, has less.
        (isClosing ? 0 : acknowledged)...sent ~= offset
    }
}

extension HTTPResponse {
    /// How far a session is; nil: the answer does not say.
    var uploadOffset: Int? {
        // Of nothing and of one byte they say the same.
        self["Range"]?.split(separator: "-").last.flatMap { Int($0) }.map { $0 == 0 ? 0 : $0 + 1 }
    }
}
