/// DeleteObjects' answer. Asked quietly, it names only what could not be deleted.
struct DeletionResult: S3Answer {
    static let root = "Delete"

    struct Refusal: Sendable, Hashable {
        /// The whole name, any prefix included.
        var key: String
        /// `AccessDenied`, `InternalError` …
        var code: String
        var message: String
    }
    var deleted: [String]
    var refused: [Refusal]

    init(_ element: XMLElement) throws(XMLError) {
        deleted = try element.all("Deleted").map { item throws(XMLError) in try item.required("Key") }
        refused = try element.all("Error").map { item throws(XMLError) in
            Refusal(
                key: try item.required("Key"),
                code: item.value("Code") ?? "Unknown",
                message: item.value("Message") ?? ""
            )
        }
    }
}
