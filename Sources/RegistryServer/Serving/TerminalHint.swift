import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension LogOutput {
    /// Whether somebody is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }
}

extension LogBuffer {
    /// What to try next, for whoever started the server by hand.
    mutating func appendHint(_ bound: SocketAddress, isTLS: Bool) {
        let isAny = ["0.0.0.0", "::"].contains(bound.ipAddress)
        let address = isAny ? "localhost:\(bound.port ?? 0)" : bound.text
        let insecure = isTLS ? "" : " --dest-tls-verify=false"
        appendPlain(
            """

              Push an image:  docker push \(address)/NAME
              or copy one:    skopeo copy\(insecure) docker://docker.io/library/alpine docker://\(address)/alpine
              Stop:           Ctrl-C


            """
        )
    }
}
