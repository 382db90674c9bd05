internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

/// How each error is told to clients: its status, and its code in the specification's error body
/// (OCI distribution specification, "Error Codes").
enum ErrorTable {
    static func row(_ code: RegistryError.Code) -> (status: HTTPResponseStatus, code: String) {
        switch code {
        case .nameInvalid: (.badRequest, "NAME_INVALID")
        case .tagInvalid: (.badRequest, "MANIFEST_INVALID")
        case .digestInvalid: (.badRequest, "DIGEST_INVALID")
        case .nameUnknown: (.notFound, "NAME_UNKNOWN")
        case .manifestUnknown: (.notFound, "MANIFEST_UNKNOWN")
        case .blobUnknown: (.notFound, "BLOB_UNKNOWN")
        case .uploadUnknown: (.notFound, "BLOB_UPLOAD_UNKNOWN")
        case .manifestInvalid: (.badRequest, "MANIFEST_INVALID")
        case .manifestTooLarge: (.payloadTooLarge, "SIZE_INVALID")
        case .manifestBlobUnknown: (.notFound, "MANIFEST_BLOB_UNKNOWN")
        case .preconditionFailed: (.preconditionFailed, "MANIFEST_INVALID")
        case .sizeInvalid: (.badRequest, "SIZE_INVALID")
        case .blobTooLarge: (.payloadTooLarge, "SIZE_INVALID")
        case .chunkOutOfOrder: (.rangeNotSatisfiable, "BLOB_UPLOAD_INVALID")
        case .uploadBusy: (.conflict, "BLOB_UPLOAD_INVALID")
        case .blobNeeded: (.methodNotAllowed, "UNSUPPORTED")
        case .requestInvalid: (.badRequest, "UNSUPPORTED")
        case .routeUnknown: (.notFound, "UNSUPPORTED")
        case .methodUnsupported, .readOnly: (.methodNotAllowed, "UNSUPPORTED")
        case .rangeUnsatisfiable: (.rangeNotSatisfiable, "SIZE_INVALID")
        case .headersTooLarge: (.requestHeaderFieldsTooLarge, "SIZE_INVALID")
        case .requestTimeout: (.requestTimeout, "UNSUPPORTED")
        case .denied: (.forbidden, "DENIED")
        case .unauthorized: (.unauthorized, "UNAUTHORIZED")
        case .tooManyRequests: (.tooManyRequests, "TOOMANYREQUESTS")
        // The specification has no codes for a server's own troubles.
        case .unavailable: (.serviceUnavailable, "UNAVAILABLE")
        case .slowDown: (.serviceUnavailable, "TOOMANYREQUESTS")
        case .full: (.insufficientStorage, "UNAVAILABLE")
        case .failed: (.internalServerError, "UNKNOWN")
        }
    }

    static func response(_ error: RegistryError, id: String) -> Response {
        let (status, code) = row(error.code)
        // What went wrong inside goes to the log; the client gets the id to ask about it.
        let isInternal = status.code == 500
        let message = isInternal ? "\(error.message) (request \(id))" : error.message
        var json = JSONWriter()
        json.object { json in
            json.key("errors")
            json.array { json in
                for subject in error.subjects.isEmpty ? [nil] : error.subjects.map(Optional.some) {
                    json.element()
                    json.object { json in
                        json.field("code", code)
                        json.field("message", message)
                        if let subject { json.field("detail", subject) }
                    }
                }
            }
        }
        var response = Response(status, json: json.buffer)
        if [429, 503].contains(status.code) { response.headers.add(name: "Retry-After", value: "5") }
        if status.code >= 500 { response.failure = "\(error)" }
        return response
    }
}
