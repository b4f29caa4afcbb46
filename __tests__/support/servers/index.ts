export { realServers, type RealServerName } from './catalogue'
export { whyNot } from './obstacle'
export { handOver } from './ownership'
export { startRealServer } from './real-server'
