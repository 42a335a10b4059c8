'use strict'

// The name of this platform as napi spells it: linux-x64-gnu, darwin-arm64, win32-x64-msvc.
// CommonJS, because an addon is loaded with `require`.

const { arch, platform } = process

function libc() {
  return process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'
}

exports.platform = () => {
  if (platform === 'linux') return `linux-${arch}-${libc()}`
  if (platform === 'win32') return `win32-${arch}-msvc`
  return `${platform}-${arch}`
}
