internal import NIOCore
internal import NIOHTTP1

extension RegistryResponder {
    /// `GET /v2/` (OCI distribution specification, "Determining Support").
    func version(_ request: Request) -> Response {
        Response(.ok, json: ByteBuffer(string: "{}"))
    }
}
