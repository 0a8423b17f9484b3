"use strict";
const lab = { jobs: { *nothing() {} } };
