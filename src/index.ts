import { run } from './main'
import { post } from './post'

// dist/post.js starts this bundle too, and says so.
if ('isPostStep' in globalThis) void post()
else void run()
